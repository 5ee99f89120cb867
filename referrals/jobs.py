"""Every morning: purchases that nobody has announced are found, what is over ends, and what is due is paid."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Final

from django.utils import timezone

from events.schedule import daily
from ledger.errors import AccountClosed
from referrals import queries
from referrals.invitations import forget_networks
from referrals.models import Referral
from referrals.offers import end_what_is_over
from referrals.paying import pay_referral, review_purchase
from referrals.settling import lapse, note_first_purchase
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope

EARLY: Final = time(5, 40)
AT_ONCE: Final = 200
Step = Callable[[Referral, datetime], object]


@daily("referrals.pay", at=EARLY)
def pay_what_is_due(tenant: Tenant, due_on: date) -> None:
    bring_up_to_date(tenant, now=timezone.now())


def bring_up_to_date(tenant: Tenant, *, now: datetime) -> None:
    """A chunk in each scope; what has been dealt with is not found again, and what stays as it is is passed by."""
    with tenant_scope(tenant):
        end_what_is_over(actor=SYSTEM, now=now)
        forget_networks(now=now)
    _each(tenant, queries.resting_on_nothing, _review, now=now)
    _each(tenant, queries.with_unnoticed_purchase, _note, now=now)
    _each(tenant, queries.overdue, _lapse, now=now)
    if tenant.closed_at is None:
        _each(tenant, queries.due, _pay, now=now)


def _each(tenant: Tenant, found: Callable[..., "queries.Referrals"], step: Step, *, now: datetime) -> None:
    after: int | None = 0
    while after is not None:
        with tenant_scope(tenant):
            chunk = list(found(now=now).filter(pk__gt=after).order_by("pk")[:AT_ONCE])
            for referral in chunk:
                step(referral, now)
            after = chunk[-1].pk if len(chunk) == AT_ONCE else None


def _review(referral: Referral, now: datetime) -> None:
    review_purchase(referral=referral, actor=SYSTEM, now=now)


def _note(referral: Referral, now: datetime) -> None:
    if referral.friend_id is not None:
        note_first_purchase(friend_id=referral.friend_id, actor=SYSTEM, now=now)


def _lapse(referral: Referral, now: datetime) -> None:
    lapse(referral=referral, actor=SYSTEM, now=now)


def _pay(referral: Referral, now: datetime) -> None:
    try:
        pay_referral(referral=referral, actor=SYSTEM, now=now)
    except AccountClosed:  # somebody leaves right now; tomorrow it is known who
        return
