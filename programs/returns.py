"""Goods that come back: what was kept of a purchase is valued again, and the difference is taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.services import publish
from ledger.book import Book
from ledger.models import Entry
from programs.customer_stats import mark_changed
from programs.errors import AlreadyReturned, AlreadyVoided, MoreThanIsLeft
from programs.holding import bring_forward, tier_of
from programs.locking import open_purchase
from programs.models import Purchase, PurchaseReturn
from programs.remains import Remains, Worth, given_for, remains_of, worth_of
from programs.services import TierEffect, award_of, move_tier, return_uses, uncount_purchase, voucher_of
from programs.stamps import take_back_stamps
from programs.terms import terms_at
from tenants.errors import Invalid
from tenants.locales import number_text
from tenants.money import decimal_amount, money_text
from tenants.roles import Actor

# A line of the receipt, counted from 0, and how much of it comes back.
Quantities = Sequence[tuple[int, Decimal]]


class ReturnReason(models.TextChoices):
    """What people choose from, so that no personal text reaches the audit log."""

    NOT_WANTED = "not_wanted", gettext_lazy("Does not suit")
    FAULTY = "faulty", gettext_lazy("Faulty goods")
    WRONG_GOODS = "wrong_goods", gettext_lazy("Wrong goods")


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned(TierEffect):
    """What a return took back: `points` that left the account, stamps; `explanation` adds up to minus the points."""

    purchase: Purchase
    record: PurchaseReturn
    remains: Remains
    points: int
    stamps: int = 0
    explanation: list[dict[str, Any]] = field(default_factory=list)

    @property
    def deficit(self) -> int:
        """Points that were spent before and are owed now."""
        return max(-self.account.balance, 0) if self.account else 0


def return_goods(
    *,
    purchase: Purchase,
    actor: Actor,
    now: datetime,
    total: int | None = None,
    lines: Quantities = (),
    reason: str = "",
) -> Returned:
    """Take goods of a purchase back, an amount in minor units or quantities of its lines, until nothing is left.

    An amount says nothing about lines: it lowers the total alone, like a discount on the whole receipt. Never more
    points than the purchase stands for are taken, and a return never brings any. Raises Invalid, AlreadyVoided,
    AlreadyReturned and MoreThanIsLeft.
    """
    _refuse_bad_return(total, lines, reason)
    with open_purchase(purchase, now=now) as (current, book):
        if current.voided_at is not None:
            raise AlreadyVoided
        before = remains_of(current)
        after = _without(before, total, lines, currency=current.currency)
        record = PurchaseReturn(
            purchase=current,
            total=before.total - after.total,
            lines=[{"index": index, "quantity": str(quantity)} for index, quantity in lines],
            returned_at=now,
            actor=actor.reference,
            device_id=actor.device_id,
            store_id=actor.store_id or current.store_id,
        )
        if book is None:
            _save(current, record)
            returned = Returned(purchase=current, record=record, remains=after, points=0)
        else:
            returned = _taken_back(book, current, record, before, after, actor=actor)
        _announce(returned, actor=actor, reason=reason)
        mark_changed(current)
    return returned


def preview_return(
    *, purchase: Purchase, actor: Actor, now: datetime, total: int | None = None, lines: Quantities = ()
) -> Returned:
    """What the same return would do: it is carried out and undone. Raises what it would refuse."""
    with transaction.atomic():
        returned = return_goods(purchase=purchase, actor=actor, now=now, total=total, lines=lines)
        transaction.set_rollback(True)
    return returned


def _refuse_bad_return(total: int | None, lines: Quantities, reason: str) -> None:
    if (total is None) == (not lines):
        raise Invalid(_("Name either an amount or lines of the receipt."), field="total")
    if total is not None and total <= 0:
        raise Invalid(_("Enter an amount above zero."), field="total")
    indexes = [index for index, _quantity in lines]
    for position, (index, quantity) in enumerate(lines):
        if quantity <= 0:
            raise Invalid(_("Enter a quantity above zero."), field=f"lines.{position}.quantity")
        if index in indexes[:position]:
            raise Invalid(_("Name each line once."), field=f"lines.{position}.index")
    if reason and reason not in ReturnReason.values:
        raise Invalid(_("Please choose a reason."), field="reason")


def _without(before: Remains, total: int | None, quantities: Quantities, *, currency: str) -> Remains:
    lines = {line.index: line for line in before.lines}
    if before.is_nothing and not any(line.left > 0 for line in before.lines):
        raise AlreadyReturned
    if total is not None:
        if before.is_nothing:
            raise AlreadyReturned
        if total > before.total:
            most = money_text(before.total, currency=currency)
            message = _("No more than %(most)s of this purchase can be returned.") % {"most": most}
            left = str(decimal_amount(before.total, currency=currency))
            raise MoreThanIsLeft(message, field="total", total=left)
        return before.without_total(total)
    for position, (index, quantity) in enumerate(quantities):
        line = lines.get(index)
        if line is None:
            raise Invalid(_("The receipt has no such line."), field=f"lines.{position}.index")
        if quantity > line.left:
            most = number_text(line.left)
            message = _("No more than %(most)s of this line can be returned.") % {"most": most}
            raise MoreThanIsLeft(message, field=f"lines.{position}.quantity", quantity=str(line.left))
    return before.without_lines(dict(quantities))


def _taken_back(
    book: Book, purchase: Purchase, record: PurchaseReturn, before: Remains, after: Remains, *, actor: Actor
) -> Returned:
    account, current = book.account, terms_at(book.now)
    bring_forward([account], current, at=book.now)
    tier = tier_of(account, current, at=book.now)
    earned, kept = award_of(purchase, account), worth_of(purchase, before, after)
    record.points = before.points - kept.points
    given = given_for(purchase, earned)
    _save(purchase, record)
    points, explanation = 0, _explanation(record, kept)
    if earned is not None:
        points, explanation = _draw_back(book, purchase, earned, kept, explanation, actor=actor)
        return_uses(purchase, account, _less(given, kept.given))
    stamps = take_back_stamps(book, purchase, actor=actor, kept=kept.stamps, kind=Entry.Kind.RETURN)
    is_last = purchase.is_returned and record.total > 0
    visits = 1 if is_last else 0
    uncount_purchase(account, total=record.total, points=record.points, visits=visits, at=purchase.purchased_at)
    return Returned(
        purchase=purchase,
        record=record,
        remains=after,
        points=points,
        stamps=stamps,
        explanation=explanation,
        account=account,
        tier_before=tier,
        tier=move_tier(account, current, actor=actor, now=book.now),
    )


def _draw_back(
    book: Book, purchase: Purchase, earned: Entry, kept: Worth, explanation: list[dict[str, Any]], *, actor: Actor
) -> tuple[int, list[dict[str, Any]]]:
    """The part of an award that stands for nothing any more. What has expired is not taken a second time."""
    standing, expired = book.standing_of(earned)
    unearned = max(standing - kept.points, 0)
    points = max(unearned - expired, 0)
    nominal = -sum(line["points"] for line in explanation)
    if points < nominal:
        explanation = [*explanation, {"rule": "expired_before", "points": nominal - points}]
    voucher = voucher_of(purchase, actor=actor, explanation=explanation, occurred_at=book.now)
    book.take_back(earned, unearned, voucher, kind=Entry.Kind.RETURN)
    return points, explanation


def _explanation(record: PurchaseReturn, kept: Worth) -> list[dict[str, Any]]:
    facts = {"total": record.total, "was": kept.points + record.points, "kept": kept.points}
    return [{"rule": "return", "points": -record.points, **facts}]


def _less(given: Mapping[str, int], kept: Mapping[str, int]) -> dict[str, int]:
    return {code: given.get(code, 0) - kept.get(code, 0) for code in {*given, *kept}}


def _save(purchase: Purchase, record: PurchaseReturn) -> None:
    purchase.returned_total += record.total
    purchase.returned_points += record.points
    purchase.returned_at = record.returned_at
    purchase.save(update_fields=["returned_total", "returned_points", "returned_at"])
    record.save(force_insert=True)


def _announce(returned: Returned, *, actor: Actor, reason: str) -> None:
    purchase = returned.purchase
    publish(
        "purchase.returned",
        actor=actor,
        purchase=purchase.pk,
        customer=purchase.customer_id,
        points=returned.points,
        total=returned.record.total,
        reason=reason,
    )
