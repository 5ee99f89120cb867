"""Corrections by hand: points credited or taken for a stated reason."""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer
from customers.notes import add_note
from events.services import publish
from ledger.book import Book, Voucher, open_book_of
from ledger.models import AdjustmentLimit, Entry
from programs.errors import ApprovalRequired
from programs.terms import expires_at, terms_at
from tenants.errors import Invalid
from tenants.roles import Actor
from tenants.scope import current_tenant

# Far above any correction that is none of a typing error.
MOST_POINTS = 1_000_000


class Reason(models.TextChoices):
    """A choice, because the customer reads it and the ledger keeps no free text."""

    FORGOTTEN = "forgotten", gettext_lazy("Card forgotten")
    WRONG_BOOKING = "wrong_booking", gettext_lazy("Wrong booking")
    GOODWILL = "goodwill", gettext_lazy("Goodwill")
    OLD_POINTS = "old_points", gettext_lazy("Points from before")
    OTHER = "other", gettext_lazy("Other reason")


def adjust_points(
    *, customer: Customer, points: int, reason: str, actor: Actor, now: datetime, note: str = ""
) -> Entry:
    """Credit points, or take them where `points` is below zero.

    They expire like any others and do not count for tiers. A note is kept with the customer, never in the ledger.
    Raises Invalid, InsufficientPoints, ApprovalRequired, and AccountClosed where the customer has left.
    """
    refuse_bad_adjustment(points, reason)
    limit = adjustment_limit()
    if is_above(limit, points, actor=actor):
        raise ApprovalRequired(field="points", limit=limit)
    with open_book_of(customer.pk, now=now) as book:
        entry = book_adjustment(book, points, reason, actor=actor)
        if note.strip():
            add_note(customer=customer, text=note, entry_seq=entry.seq, actor=actor, now=now)
    return entry


def adjustment_limit() -> int | None:
    """Above how many points, credited or taken, a second person is needed; None where nobody has set a limit."""
    latest = AdjustmentLimit.objects.order_by("-id").first()
    return latest.points if latest else None


def is_above(limit: int | None, points: int, *, actor: Actor) -> bool:
    return limit is not None and abs(points) > limit and not actor.may("points.limit")


def book_adjustment(book: Book, points: int, reason: str, *, actor: Actor, **more: Any) -> Entry:
    """The booking itself, in an open book; `more` are facts for the event."""
    entry = _adjusted(book, points, reason, actor=actor)
    facts = {"customer": book.account.customer_id, "seq": entry.seq, "points": points, "reason": reason}
    publish("points.adjusted", actor=actor, occurred_at=book.now, **facts, **more)
    return entry


def refuse_bad_adjustment(points: int, reason: str) -> None:
    if not 0 < abs(points) <= MOST_POINTS:
        raise Invalid(_("Enter a number of points that is not zero."), field="points")
    if reason not in Reason.values:
        raise Invalid(_("Please choose a reason."), field="reason")


def _adjusted(book: Book, points: int, reason: str, *, actor: Actor) -> Entry:
    terms = terms_at(book.now)
    voucher = Voucher(
        actor=actor,
        occurred_at=book.now,
        explanation=[{"rule": "adjustment", "reason": reason, "points": points}],
        program_version_id=terms.version_id,
        store_id=actor.store_id,
    )
    if points < 0:
        return book.spend(-points, voucher, kind=Entry.Kind.ADJUST)
    expiry = expires_at(terms, book.now, zone=current_tenant().zone)
    return book.earn(points, voucher, kind=Entry.Kind.ADJUST, available_at=book.now, expires_at=expiry)
