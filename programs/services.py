"""Recording purchases and voiding them: points, tier and event in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.utils.translation import gettext_lazy

from customers.models import Customer
from events.services import announce, publish
from ledger.book import Book, Voucher, open_book_of
from ledger.models import Account, Entry
from programs.customer_stats import count_in, mark_changed
from programs.earning import Earning, PurchaseFacts, Terms, TierTerms, earning
from programs.errors import AlreadyVoided, ReceiptAlreadyRecorded
from programs.facts import as_stored, channel_of, facts_of, refuse_bad_purchase
from programs.holding import bring_forward, tier_before, tier_of
from programs.limits import Given, given_by, locked_given_to
from programs.locking import open_purchase
from programs.models import Purchase, PurchaseLine
from programs.plausibility import refuse_implausible
from programs.qualifying import count, counts
from programs.remains import given_for
from programs.rules import LineFacts
from programs.stamping import stamping
from programs.stamps import Stamped, credit_stamps, take_back_stamps
from programs.terms import available_at, expires_at, terms_at, terms_later, terms_of
from team.models import Store
from tenants.calendar import day_of
from tenants.postgresql.waiting import insert
from tenants.roles import Actor
from tenants.scope import current_tenant

# The unique constraint of standing receipts.
RECEIPT_STANDS: Final = (
    "ON CONFLICT (tenant_id, store_id, receipt_number) WHERE receipt_number IS NOT NULL AND voided_at IS NULL"
    " DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class LineItem:
    """A line of a receipt; `total` in minor units."""

    total: int
    quantity: Decimal = Decimal(1)
    sku: str = ""
    name: str = ""
    category: str = ""

    @property
    def facts(self) -> LineFacts:
        return LineFacts(total=self.total, quantity=self.quantity, sku=self.sku, category=self.category)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierEffect:
    """What a booking did to the account; everything is None for a sale without a customer."""

    account: Account | None = None
    tier_before: TierTerms | None = None
    tier: TierTerms | None = None

    @property
    def tier_changed(self) -> bool:
        return self.tier is not None and self.tier_before is not None and self.tier.id != self.tier_before.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Award(TierEffect):
    """What a purchase brought."""

    purchase: Purchase
    earning: Earning
    terms: Terms
    stamps: Sequence[Stamped] = ()
    booked_at: datetime | None = None

    @property
    def pending(self) -> int:
        """The part of the points that is not yet available."""
        now = self.booked_at or self.purchase.recorded_at
        return self.terms.pending_part(self.earning.points, self.purchase.purchased_at, now=now)


@dataclass(frozen=True, slots=True)
class Valuation:
    """What a purchase earns, by which terms and facts, and what limited rules have given before it."""

    facts: PurchaseFacts
    earned: Earning
    given: Given
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Voiding(TierEffect):
    """What a void took back."""

    purchase: Purchase
    points: int
    stamps: int = 0


def record_purchase(
    *,
    customer: Customer | None,
    total: int,
    currency: str,
    actor: Actor,
    now: datetime,
    purchased_at: datetime | None = None,
    store: Store | None = None,
    receipt_number: str | None = None,
    lines: Sequence[LineItem] = (),
) -> Award:
    """Record a purchase and credit what it earns by the rules of its date; the tier follows by those in force now.

    `total` in minor units, paid after discounts; 0 records the purchase without an entry. Without a customer it is an
    anonymous sale. Raises Invalid, ForeignCurrency, CustomerBlocked, ReceiptAlreadyRecorded, and at a till OwnAccount
    and TooManyBookings.
    """
    purchased_at = purchased_at or now
    refuse_bad_purchase(customer=customer, currency=currency, purchased_at=purchased_at, now=now)
    purchase = Purchase(
        customer=customer,
        store=store,
        device_id=actor.device_id,
        total=total,
        currency=currency,
        receipt_number=receipt_number or None,
        purchased_at=purchased_at,
        purchased_on=day_of(purchased_at, zone=current_tenant().zone),
        recorded_at=now,
        actor=actor.reference,
    )
    if customer is None:
        return _record_anonymous(purchase, lines, actor=actor)
    current = terms_later(now)
    with open_book_of(customer.pk, now=now) as book:
        refuse_implausible(customer=customer, actor=actor, now=now)
        return _award(book, purchase, lines, current=current(), actor=actor)


class VoidReason(models.TextChoices):
    """What people choose from, so that no personal text reaches the audit log."""

    UNDO = "undo", gettext_lazy("Undone at the till")
    WRONG_AMOUNT = "wrong_amount", gettext_lazy("Wrong amount")
    WRONG_CUSTOMER = "wrong_customer", gettext_lazy("Wrong customer")
    PURCHASE_CANCELLED = "purchase_cancelled", gettext_lazy("Purchase cancelled")

    @classmethod
    def named_by_people(cls) -> list[tuple[str, Any]]:
        """Undoing is a reason of its own and needs no other."""
        return [choice for choice in cls.choices if choice[0] != cls.UNDO]


def void_purchase(*, purchase: Purchase, actor: Actor, now: datetime, reason: str = "") -> Voiding:
    """Undo a purchase, once: what it still stands for is taken back and the tier follows. Raises AlreadyVoided.

    `reason` is a code or short word for the audit log, never about a person.
    """
    with open_purchase(purchase, now=now) as (current, book):
        if current.voided_at is not None:
            raise AlreadyVoided
        if book is not None:
            # First, because what has left the window has counted until now.
            bring_forward([book.account], terms_at(now), at=now)
        current.voided_at = now
        current.save(update_fields=["voided_at"])
        if book is None:
            _announce_void(current, 0, actor=actor, reason=reason)
            voiding = Voiding(purchase=current, points=0)
        else:
            voiding = _take_back(book, current, actor=actor, reason=reason)
        mark_changed(current)
    return voiding


def _record_anonymous(purchase: Purchase, lines: Sequence[LineItem], *, actor: Actor) -> Award:
    terms = terms_at(purchase.purchased_at)
    nothing = Earning(points=0)
    with transaction.atomic():
        _save(purchase, lines, terms=terms, points=0)
        _announce(purchase, actor=actor)
    return Award(purchase=purchase, earning=nothing, terms=terms)


def _award(book: Book, purchase: Purchase, lines: Sequence[LineItem], *, current: Terms, actor: Actor) -> Award:
    account = book.account
    terms = current if purchase.purchased_at == book.now else terms_at(purchase.purchased_at)
    bring_forward([account], current, at=max(book.now, purchase.purchased_at))
    before = tier_of(account, current, at=book.now)
    valued_as = tier_before(account, before, terms=terms)
    at = purchase.purchased_at.astimezone(current_tenant().zone)
    given = locked_given_to([account.pk], terms.limited, at=at)
    facts = facts_of(
        purchase,
        account=account,
        tier=valued_as,
        channel=channel_of(actor),
        lines=[line.facts for line in lines],
        left=given.left(terms.limited, account_id=account.pk, at=at),
    )
    earned = earning(terms, facts)
    purchase.facts = as_stored(facts, terms)
    _save(purchase, lines, terms=terms, points=earned.points)
    valuation = Valuation(facts, earned, given, terms)
    award = book_award(book, purchase, valuation, current=current, before=before, actor=actor)
    _announce(purchase, actor=actor)
    return award


def book_award(
    book: Book, purchase: Purchase, valued: Valuation, *, current: Terms, before: TierTerms, actor: Actor
) -> Award:
    """Credit what a stored purchase has earned, count it, and let the tier follow. The account is brought forward."""
    account, terms, earned = book.account, valued.terms, valued.earned
    voucher = voucher_of(purchase, actor=actor, explanation=earned.as_json())
    credit(book, earned.points, voucher, terms=terms, zone=current_tenant().zone)
    valued.given.add(terms.limited, given_by(voucher.explanation), account_id=account.pk, at=valued.facts.at)
    valued.given.write()
    count_purchase(account, total=purchase.total_left, points=earned.points, at=purchase.purchased_at)
    stamps = credit_stamps(book, purchase, stamping(terms, valued.facts), actor=actor)
    if account.lifetime_visits == 1:
        facts = {"purchase": purchase.pk, "customer": account.customer_id}
        announce("customer.first_purchase", actor=actor, occurred_at=purchase.purchased_at, **facts)
    return Award(
        purchase=purchase,
        earning=earned,
        terms=terms,
        stamps=stamps,
        booked_at=book.now,
        account=account,
        tier_before=before,
        tier=move_tier(account, current, actor=actor, now=book.now),
    )


def credit(book: Book, points: int, voucher: Voucher, *, terms: Terms, zone: ZoneInfo) -> None:
    """Book what a purchase earned. No points, no entry."""
    if points:
        book.earn(
            points,
            voucher,
            available_at=available_at(terms, voucher.occurred_at),
            expires_at=expires_at(terms, voucher.occurred_at, zone=zone),
        )


def count_purchase(account: Account, *, total: int, points: int, at: datetime) -> None:
    """Count a purchase among all that its customer has bought, and towards the tier if it lies in the window.

    The account has been brought forward.
    """
    _count(account, total=total, points=points, visits=1, at=at)


def uncount_purchase(account: Account, *, total: int, points: int, visits: int = 1, at: datetime) -> None:
    """The reverse, where it is voided, or part of it returned."""
    _count(account, total=-total, points=-points, visits=-visits, at=at)


def uncount_rest(account: Account, purchase: Purchase) -> None:
    """What returns have left of it; one that came back as a whole is no visit any more."""
    left = {"total": purchase.total_left, "points": purchase.points_left, "visits": purchase.visits_left}
    uncount_purchase(account, **left, at=purchase.purchased_at)


def _count(account: Account, *, total: int, points: int, visits: int, at: datetime) -> None:
    if counts(account, at):
        count(account, points=points, spend=total, visits=visits)
    account.lifetime_spend += total
    account.lifetime_visits += visits


def return_uses(purchase: Purchase, account: Account, given: Mapping[str, int]) -> None:
    """What limited rules have given for a purchase, by code, may be given again."""
    limited = terms_of(purchase.program_version_id).limited
    if not limited:
        return
    at = purchase.purchased_at.astimezone(current_tenant().zone)
    uses = locked_given_to([account.pk], limited, at=at)
    uses.add(limited, {code: -points for code, points in given.items()}, account_id=account.pk, at=at)
    uses.write()


def award_of(purchase: Purchase, account: Account) -> Entry | None:
    """A merge may have moved the purchase and left its entry on the account that it was booked to."""
    awards = Entry.objects.filter(purchase_id=purchase.pk, kind=Entry.Kind.EARN, account__unit=account.unit)
    return awards.first()


def _take_back(book: Book, purchase: Purchase, *, actor: Actor, reason: str) -> Voiding:
    account = book.account
    current = terms_at(book.now)
    before = tier_of(account, current, at=book.now)
    earned = award_of(purchase, account)
    taken = None
    if earned is not None:
        standing, _expired = book.standing_of(earned)
        said: list[dict[str, Any]] = [{"rule": "void", "reason": reason}] if reason in VoidReason.values else []
        voucher = voucher_of(purchase, actor=actor, explanation=said, occurred_at=book.now)
        taken = book.take_back(earned, standing, voucher, kind=Entry.Kind.VOID)
        return_uses(purchase, account, given_for(purchase, earned))
    points = -taken.points if taken else 0
    uncount_rest(account, purchase)
    stamps = take_back_stamps(book, purchase, actor=actor, kind=Entry.Kind.VOID)
    after = move_tier(account, current, actor=actor, now=book.now)
    _announce_void(purchase, points, actor=actor, reason=reason)
    return Voiding(purchase=purchase, points=points, stamps=stamps, account=account, tier_before=before, tier=after)


def move_tier(account: Account, terms: Terms, *, actor: Actor, now: datetime, **facts: Any) -> TierTerms:
    """The tier of an account that has been brought forward follows what is counted at once, in both directions."""
    tier = tier_of(account, terms, at=now)
    if tier.id != account.tier_id:
        facts |= {"account": account.pk, "customer": account.customer_id, "tier": tier.id, "before": account.tier_id}
        announce("tier.changed", actor=actor, occurred_at=now, **facts)
        account.tier_id = tier.id
    return tier


def _save(purchase: Purchase, lines: Sequence[LineItem], *, terms: Terms, points: int) -> None:
    purchase.program_version_id = terms.version_id
    purchase.points = points
    if not insert(purchase, unless=RECEIPT_STANDS):
        # The newest, because those before it have been voided.
        first = Purchase.objects.filter(store=purchase.store_id, receipt_number=purchase.receipt_number).latest("pk")
        raise ReceiptAlreadyRecorded(field="receipt_number", purchase=str(first.public_id))
    PurchaseLine.objects.bulk_create(
        PurchaseLine(
            purchase=purchase,
            index=index,
            sku=line.sku,
            name=line.name,
            category=line.category,
            quantity=line.quantity,
            total=line.total,
        )
        for index, line in enumerate(lines)
    )
    count_in(purchase, today=day_of(purchase.recorded_at, zone=current_tenant().zone))


def voucher_of(
    purchase: Purchase, *, actor: Actor, explanation: list[dict[str, object]], occurred_at: datetime | None = None
) -> Voucher:
    return Voucher(
        actor=actor,
        occurred_at=occurred_at or purchase.purchased_at,
        explanation=explanation,
        purchase_id=purchase.pk,
        program_version_id=purchase.program_version_id,
        store_id=purchase.store_id,
    )


def _announce(purchase: Purchase, *, actor: Actor) -> None:
    announce(
        "purchase.recorded",
        actor=actor,
        occurred_at=purchase.purchased_at,
        purchase=purchase.pk,
        customer=purchase.customer_id,
        store=purchase.store_id,
        points=purchase.points,
    )


def _announce_void(purchase: Purchase, points: int, *, actor: Actor, reason: str) -> None:
    publish(
        "purchase.voided",
        actor=actor,
        purchase=purchase.pk,
        customer=purchase.customer_id,
        points=points,
        reason=reason,
    )
