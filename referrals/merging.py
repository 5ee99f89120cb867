"""Two customers who turn out to be one: who invited whom moves along, and nobody has invited themselves."""

from dataclasses import dataclass
from datetime import datetime

from customers.models import Customer
from programs.models import Purchase
from referrals.claiming import NEW_FOR
from referrals.locking import locked_referral, open_books_after_merge
from referrals.models import Invitation, Referral
from referrals.paying import take_back
from referrals.settling import refuse
from referrals.verdict import Reason
from tenants.roles import Actor

State = Referral.State


@dataclass(frozen=True, slots=True)
class _Merge:
    """Who goes and who stays, and who says so."""

    gone: int
    stays: int
    actor: Actor
    now: datetime

    @property
    def both(self) -> tuple[int, int]:
        return self.gone, self.stays


def join_referrals(*, customer_id: int, into_id: int, actor: Actor, now: datetime) -> None:
    """In the transaction of the merge, in which points and purchases have moved already."""
    merge = _Merge(customer_id, into_id, actor, now)
    _move_invitation(merge)
    _part_from_oneself(merge)
    Referral.objects.filter(referrer=merge.gone).update(referrer=merge.stays)
    Referral.objects.filter(root=merge.gone).update(root=merge.stays)
    came = list(Referral.objects.filter(friend__in=merge.both).order_by("pk"))
    for later in came[1:]:
        _end(locked_referral(later), Reason.EXISTING, merge)
        Referral.objects.filter(pk=later.pk).update(friend=None)
    for first in came[:1]:
        if _was_there_before(Customer.objects.get(pk=merge.stays), first):
            _end(locked_referral(first), Reason.EXISTING, merge)
        Referral.objects.filter(pk=first.pk).update(friend=merge.stays)


def _move_invitation(merge: _Merge) -> None:
    """Where both have a code, both lead to who remains: a printed one is not called back."""
    if not Invitation.objects.filter(customer=merge.stays).exists():
        Invitation.objects.filter(customer=merge.gone).update(customer=merge.stays)


def _part_from_oneself(merge: _Merge) -> None:
    for referral in Referral.objects.filter(referrer__in=merge.both, friend__in=merge.both).order_by("pk"):
        _end(locked_referral(referral), Reason.ONESELF, merge)
        Referral.objects.filter(pk=referral.pk).update(referrer=None)


def _end(referral: Referral, reason: Reason, merge: _Merge) -> None:
    """Refused, or taken back where it was paid."""
    if referral.state in (State.WAITING, State.DUE, State.HELD):
        refuse(referral, [reason], actor=merge.actor, now=merge.now)
    elif referral.state == State.PAID:
        referral.reasons = [reason.value]
        referral.save(update_fields=["reasons"])
        with open_books_after_merge(referral, gone=merge.gone, stays=merge.stays, now=merge.now) as books:
            take_back(referral, books, actor=merge.actor, now=merge.now)


def _was_there_before(stays: Customer, referral: Referral) -> bool:
    """By the earlier of the two enrolments, or by what was bought."""
    if stays.enrolled_at <= referral.claimed_at - NEW_FOR:
        return True
    bought = Purchase.objects.filter(customer=stays, voided_at=None, recorded_at__lt=referral.claimed_at)
    return bought.exists()
