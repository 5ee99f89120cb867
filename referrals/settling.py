"""What a purchase, its return, or a changed mind makes of a referral: due, held, waiting again, refused or lapsed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F

from events.services import publish
from programs.models import Purchase
from referrals.facts import facts_of
from referrals.locking import locked_referral
from referrals.models import Referral
from referrals.verdict import Judged, Reason, Verdict, verdict
from tenants.calendar import midnight
from tenants.roles import Actor
from tenants.scope import current_tenant

State = Referral.State
# How long after the end of an offer those who have come by it can still make the first purchase.
GRACE: Final = timedelta(days=30)


def note_first_purchase(*, friend_id: int, actor: Actor, now: datetime) -> Referral | None:
    """Let a referral wait for the return period once its friend has bought for enough; None where there is nothing."""
    with transaction.atomic():
        waiting = Referral.objects.filter(friend=friend_id, state=State.WAITING).first()
        if waiting is None:
            return None
        referral = locked_referral(waiting)
        purchase = first_purchase(referral) if referral.state == State.WAITING else None
        if purchase is None:
            return None
        become_due(referral, purchase, actor=actor, now=now)
    return referral


def become_due(referral: Referral, purchase: Purchase, *, actor: Actor, now: datetime) -> None:
    """Locked. What looks wrong already now is held or refused."""
    referral.purchase = purchase
    referral.pays_at = purchase.purchased_at + timedelta(days=referral.offer.waiting_days)
    referral.state = State.DUE
    referral.save(update_fields=["purchase", "pays_at", "state"])
    tell("referral.due", referral, actor=actor, now=now, purchase=purchase.pk)
    judge(referral, actor=actor, now=now)


def judge(referral: Referral, *, actor: Actor, now: datetime) -> Judged:
    """Locked and due. Held or refused here where the verdict says so."""
    judged = verdict(facts_of(referral, purchase=referral.purchase, now=now))
    if judged.verdict == Verdict.REFUSE:
        refuse(referral, judged.reasons, actor=actor, now=now)
    elif judged.verdict == Verdict.HOLD:
        referral.state, referral.reasons = State.HELD, [reason.value for reason in judged.reasons]
        # A yes that was said before knew less.
        referral.decided_at, referral.decided_by = None, ""
        referral.save(update_fields=["state", "reasons", "decided_at", "decided_by"])
        tell("referral.held", referral, actor=actor, now=now, reasons=referral.reasons)
    return judged


def refuse(referral: Referral, reasons: Sequence[Reason], *, actor: Actor, now: datetime) -> None:
    """Locked. Nobody gets anything."""
    referral.state, referral.settled_at = State.REFUSED, now
    referral.reasons = [reason.value for reason in reasons]
    referral.save(update_fields=["state", "settled_at", "reasons"])
    tell("referral.refused", referral, actor=actor, now=now, reasons=referral.reasons)


def wait_again(referral: Referral, *, actor: Actor, now: datetime) -> None:
    """Locked. The purchase stands for nothing any more; another one may."""
    referral.state, referral.purchase, referral.pays_at = State.WAITING, None, None
    # A yes was said to that purchase.
    referral.decided_at, referral.decided_by = None, ""
    referral.save(update_fields=["state", "purchase", "pays_at", "decided_at", "decided_by"])
    tell("referral.waits_again", referral, actor=actor, now=now)
    other = first_purchase(referral)
    if other is not None:
        become_due(referral, other, actor=actor, now=now)


def lapse(*, referral: Referral, actor: Actor, now: datetime) -> None:
    """Nobody has bought in time."""
    with transaction.atomic():
        current = locked_referral(referral)
        if current.state != State.WAITING:
            return
        current.state, current.settled_at = State.LAPSED, now
        current.save(update_fields=["state", "settled_at"])
        tell("referral.lapsed", current, actor=actor, now=now)


def first_purchase(referral: Referral) -> Purchase | None:
    """The friend's first that stands for enough, from the day of the enrolment to the end of the grace."""
    offer = referral.offer
    since = midnight(referral.claimed_at.astimezone(current_tenant().zone).date(), zone=current_tenant().zone)
    bought = Purchase.objects.filter(customer=referral.friend_id, voided_at=None, purchased_at__gte=since)
    bought = bought.filter(total__gt=F("returned_total"), total__gte=offer.smallest_purchase + F("returned_total"))
    if offer.ends_at is not None:
        bought = bought.filter(purchased_at__lt=offer.ends_at + GRACE)
    return bought.order_by("purchased_at", "pk").first()


def still_stands(referral: Referral) -> bool:
    """Whether what is left of the purchase is enough."""
    purchase = referral.purchase
    if purchase is None or purchase.voided_at is not None or purchase.customer_id != referral.friend_id:
        return False
    return purchase.total_left > 0 and purchase.total_left >= referral.offer.smallest_purchase


def tell(name: str, referral: Referral, *, actor: Actor, now: datetime, **facts: object) -> None:
    """Ids and figures alone."""
    publish(
        name,
        actor=actor,
        occurred_at=now,
        referral=referral.pk,
        customer=referral.friend_id,
        referrer=referral.referrer_id,
        **facts,
    )
