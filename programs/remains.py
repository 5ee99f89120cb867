"""What is left of a purchase after returns, and what that is worth by the rules of the purchase's own day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import floor

from ledger.models import Entry
from programs.earning import PurchaseFacts, Terms, earning
from programs.facts import stored_facts
from programs.limits import given_by
from programs.models import Purchase, PurchaseLine, PurchaseReturn
from programs.rules import LineFacts
from programs.stamping import stamping, stamps_by_card
from programs.terms import terms_of

HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class LineLeft:
    """A line of the receipt, and how much of it has come back. `total` in minor units, as it was printed."""

    index: int
    name: str
    sku: str
    category: str
    quantity: Decimal
    total: int
    returned: Decimal = Decimal(0)

    @property
    def left(self) -> Decimal:
        left = self.quantity - self.returned
        return left.quantize(Decimal(1)) if left == left.to_integral_value() else left.normalize()

    @property
    def total_left(self) -> int:
        """The share of what is left; parts add up to the whole."""
        if not self.returned or not self.quantity:
            return self.total
        return self.total - floor(Fraction(self.total) * Fraction(self.returned) / Fraction(self.quantity))

    @property
    def facts(self) -> LineFacts:
        return LineFacts(self.total_left, self.left, self.sku, self.category)

    def without(self, quantity: Decimal) -> "LineLeft":
        return replace(self, returned=self.returned + quantity)


@dataclass(frozen=True, slots=True)
class Remains:
    """What was bought and kept: the amount paid for it in minor units, the points it stands for, and its lines.

    `paid` is what the whole purchase had cost.
    """

    paid: int
    total: int
    points: int
    lines: tuple[LineLeft, ...] = ()

    @property
    def is_nothing(self) -> bool:
        return not self.total

    def without_total(self, total: int) -> "Remains":
        return replace(self, total=self.total - total)

    def without_lines(self, quantities: Mapping[int, Decimal]) -> "Remains":
        """The amount goes down by what was paid for them: a discount on the whole receipt is spread over its lines."""
        lines = tuple(line.without(quantities.get(line.index, Decimal(0))) for line in self.lines)
        returned = self._paid_for(self.lines) - self._paid_for(lines)
        return replace(self, total=self.total - min(max(returned, 0), self.total), lines=lines)

    def _paid_for(self, lines: Iterable[LineLeft]) -> int:
        receipt = sum(line.total for line in self.lines)
        share = Fraction(self.paid, receipt) if receipt > self.paid else Fraction(1)
        return floor(share * sum(line.total_left for line in lines) + HALF)


@dataclass(frozen=True, slots=True)
class Worth:
    """Points that what is left still stands for, what limited rules have given for it, and stamps, by code."""

    points: int
    given: dict[str, int]
    stamps: dict[str, int]


def remains_of(purchase: Purchase) -> Remains:
    lines = PurchaseLine.objects.filter(purchase=purchase).order_by("index")
    returned = _returned_of(purchase) if purchase.returned_at else {}
    return Remains(
        paid=purchase.total,
        total=purchase.total_left,
        points=purchase.points_left,
        lines=tuple(
            LineLeft(
                index=line.index,
                name=line.name,
                sku=line.sku,
                category=line.category,
                quantity=line.quantity,
                total=line.total,
                returned=returned.get(line.index, Decimal(0)),
            )
            for line in lines
        ),
    )


def worth_of(purchase: Purchase, before: Remains, after: Remains) -> Worth:
    """What is kept earns, by that day's version, tier and facts; a return never raises what stood before.

    Where the engine cannot repeat what stands, the facts of that day are not known: then the amount decides.
    """
    terms = terms_of(purchase.program_version_id)
    kept = _facts(purchase, terms, after)
    stamps = stamps_by_card(stamping(terms, kept))
    if earning(terms, _facts(purchase, terms, before)).points < before.points:
        points = before.points * after.total // before.total if before.total else 0
        return Worth(points=points, given={}, stamps=stamps)
    earned = earning(terms, kept)
    return Worth(points=min(earned.points, before.points), given=given_by(earned.as_json()), stamps=stamps)


def given_for(purchase: Purchase, earned: Entry | None) -> dict[str, int]:
    """What limited rules have given for what stands, by code."""
    terms = terms_of(purchase.program_version_id)
    if earned is None or not terms.limited:
        return {}
    if not purchase.returned_at:
        return given_by(earned.explanation)
    return given_by(earning(terms, _facts(purchase, terms, remains_of(purchase))).as_json())


def _facts(purchase: Purchase, terms: Terms, remains: Remains) -> PurchaseFacts:
    facts = stored_facts(purchase, terms)
    lines = tuple(line.facts for line in remains.lines if line.left > 0)
    return replace(facts, total=remains.total, lines=lines)


def _returned_of(purchase: Purchase) -> dict[int, Decimal]:
    """How much of each line has come back, by its index."""
    quantities: dict[int, Decimal] = {}
    for lines in PurchaseReturn.objects.filter(purchase=purchase).values_list("lines", flat=True):
        for line in lines:
            index = int(line["index"])
            quantities[index] = quantities.get(index, Decimal(0)) + Decimal(line["quantity"])
    return quantities
