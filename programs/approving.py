"""Adjustments above the shop's limit: one person asks, another approves or refuses; nothing is decided by time."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.notes import add_note
from customers.services import locked
from events.services import publish
from ledger.book import open_book_of
from ledger.errors import AccountClosed
from ledger.models import AdjustmentLimit, Entry, HeldAdjustment
from programs.adjusting import (
    MOST_POINTS,
    adjust_points,
    adjustment_limit,
    book_adjustment,
    is_above,
    refuse_bad_adjustment,
)
from programs.errors import AlreadyDecided, OwnRequest
from tenants.errors import Invalid
from tenants.roles import Actor

State = HeldAdjustment.State


def set_adjustment_limit(*, points: int | None, actor: Actor, now: datetime) -> None:
    """Above so many points nobody adjusts alone, except whoever may set this; None lifts it. Raises Invalid."""
    if points is not None and not 0 < points <= MOST_POINTS:
        raise Invalid(_("Enter a number of points above zero."), field="points")
    if points == adjustment_limit():
        return
    with transaction.atomic():
        AdjustmentLimit.objects.create(points=points, stated_at=now, stated_by=actor.reference)
        publish("points.limit_set", actor=actor, occurred_at=now, points=points)


def adjust_or_ask(
    *, customer: Customer, points: int, reason: str, actor: Actor, now: datetime, note: str = ""
) -> Entry | HeldAdjustment:
    """Adjust points, or hold the adjustment until somebody else approves it. Raises what adjusting does."""
    refuse_bad_adjustment(points, reason)
    if not is_above(adjustment_limit(), points, actor=actor):
        return adjust_points(customer=customer, points=points, reason=reason, note=note, actor=actor, now=now)
    with transaction.atomic():
        held = HeldAdjustment.objects.create(
            customer=locked(customer), points=points, reason=reason, asked_by=actor.reference, asked_at=now
        )
        if note.strip():
            add_note(customer=customer, text=note, actor=actor, now=now)
        _announce("points.adjustment_asked", held, actor=actor, now=now)
    return held


def approve_adjustment(*, held: HeldAdjustment, actor: Actor, now: datetime) -> Entry:
    """Book what somebody else has asked for, once.

    Raises OwnRequest, AlreadyDecided, and what a booking does; then it goes on waiting.
    """
    if held.asked_by == actor.reference:
        raise OwnRequest
    try:
        # The account first, as everybody locks.
        with open_book_of(held.customer_id, now=now) as book:
            current = HeldAdjustment.objects.select_for_update().get(pk=held.pk)
            if current.customer_id != book.account.customer_id:
                raise AccountClosed
            _decide(current, State.APPROVED, actor=actor, now=now)
            return book_adjustment(book, current.points, current.reason, actor=actor, asked_by=current.asked_by)
    except AccountClosed:
        current = HeldAdjustment.objects.get(pk=held.pk)
        if current.customer_id == held.customer_id:
            raise
        # The customer was joined with another one while we waited.
        return approve_adjustment(held=current, actor=actor, now=now)


def refuse_adjustment(*, held: HeldAdjustment, actor: Actor, now: datetime) -> None:
    """Nothing is booked; who has asked may take it back like this. Raises AlreadyDecided."""
    with transaction.atomic():
        current = HeldAdjustment.objects.select_for_update().get(pk=held.pk)
        _decide(current, State.REFUSED, actor=actor, now=now)
        _announce("points.adjustment_refused", current, actor=actor, now=now)


def let_adjustments_lapse(*, customer_id: int, actor: Actor, now: datetime) -> None:
    """The customer is gone, so nothing can be booked; that is said and not silently forgotten."""
    for held in HeldAdjustment.objects.select_for_update().filter(customer=customer_id, state=State.WAITING):
        _decide(held, State.LAPSED, actor=actor, now=now)
        _announce("points.adjustment_lapsed", held, actor=actor, now=now)


def move_adjustments(*, customer_id: int, into_id: int) -> None:
    """Two customers have become one: what waits for the one waits for the other."""
    HeldAdjustment.objects.filter(customer=customer_id, state=State.WAITING).update(customer=into_id)


def _decide(held: HeldAdjustment, state: HeldAdjustment.State, *, actor: Actor, now: datetime) -> None:
    if held.state != State.WAITING:
        raise AlreadyDecided
    held.state, held.decided_by, held.decided_at = state, actor.reference, now
    held.save(update_fields=["state", "decided_by", "decided_at"])


def _announce(name: str, held: HeldAdjustment, *, actor: Actor, now: datetime) -> None:
    facts = {"customer": held.customer_id, "held": held.pk, "points": held.points, "reason": held.reason}
    publish(name, actor=actor, occurred_at=now, **facts)
