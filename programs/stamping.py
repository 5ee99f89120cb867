"""How many stamps a purchase brings: a pure function of its facts and the terms, which also explains itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

from programs.earning import Paid, PurchaseFacts, Terms
from programs.rules import Per, StampCard


@dataclass(frozen=True, slots=True)
class Stamping:
    """Stamps for one card; `explanation` says what for, in facts."""

    card: StampCard
    stamps: int
    explanation: dict[str, Any]


def stamping(terms: Terms, facts: PurchaseFacts) -> tuple[Stamping, ...]:
    """The stamps of each card that gets some. Nothing paid brings none, nor do excluded goods and what was free.

    A purchase without lines is a visit, but nobody knows what it was for: it brings stamps to cards for every visit
    alone. Whole items count, and what a line takes back is subtracted.
    """
    if not terms.stamp_cards:
        return ()
    paid = Paid(terms, facts)
    if not paid.total:
        return ()
    return tuple(brought for card in terms.stamp_cards if (brought := _brought(card, paid)).stamps)


def stamps_by_card(stampings: Sequence[Stamping]) -> dict[str, int]:
    return {stamped.card.code: stamped.stamps for stamped in stampings}


def _brought(card: StampCard, paid: Paid) -> Stamping:
    held = [line for line in paid.lines if line.total and card.goods.holds(line)]
    items = max(sum((Fraction(line.quantity) for line in held), Fraction()), Fraction())
    if card.per == Per.VISIT:
        stamps = 1 if items or not card.goods else 0
        return Stamping(card, stamps, {"rule": "stamp_visit", "points": stamps})
    stamps = min(floor(items), card.at_once)
    facts = {"rule": "stamp_items", "points": stamps, "items": floor(items)}
    return Stamping(card, stamps, {**facts, "limited": True} if stamps < floor(items) else facts)
