"""Stamps of a customer's cards: given with a purchase or with one tap, redeemed where a card is full, taken back."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from customers.models import Customer
from events.services import publish
from ledger.book import Book, Voucher, open_any_book_of, open_book_of
from ledger.errors import InsufficientPoints
from ledger.models import Account, Entry
from ledger.queries import other_accounts
from ledger.services import open_account
from programs.earning import Terms
from programs.errors import CardNotFull, UnknownStampCard
from programs.facts import refuse_blocked
from programs.models import Purchase
from programs.models import StampCard as StampCardRow
from programs.plausibility import refuse_implausible
from programs.rules import STAMPS, StampCard
from programs.stamping import Stamping
from programs.terms import stamp_card, stamps_expire_at, terms_at, terms_of
from tenants.errors import Invalid, NotFound
from tenants.locales import number_text
from tenants.roles import Actor
from tenants.scope import current_tenant, refuse_closed


@dataclass(frozen=True, slots=True)
class Stamped:
    """What a booking did to a card: `entry` in its account, and what lies there now."""

    card: StampCard
    account: Account
    entry: Entry


def add_stamps(*, customer: Customer, card: str, count: int, actor: Actor, now: datetime) -> Stamped:
    """Stamp a card without a purchase, as with a rubber stamp.

    Raises UnknownStampCard, Invalid, ShopClosed, CustomerBlocked, AccountClosed, and at a till OwnAccount and
    TooManyBookings.
    """
    refuse_closed()
    refuse_blocked(customer)
    terms = terms_at(now)
    wanted = _running(terms, card)
    if not 1 <= count <= wanted.at_once:
        text = _("Between 1 and %(most)s stamps at once.") % {"most": number_text(wanted.at_once)}
        raise Invalid(text, field="count")
    with open_book_of(customer.pk, now=now) as held:
        refuse_implausible(customer=customer, actor=actor, now=now)
        explanation = [{"rule": "stamp_tap", "points": count, "card": wanted.name}]
        voucher = _voucher(terms, explanation, actor=actor, now=now)
        with _stamp_book(held, wanted.unit) as book:
            entry = _give(book, wanted, count, voucher)
        _announce("stamps.added", book.account, entry, actor=actor)
    return Stamped(wanted, book.account, entry)


def redeem_stamps(*, customer: Customer, card: str, actor: Actor, now: datetime) -> Stamped:
    """Take a full card and owe its reward; stamps beyond it stay. Also of a card that is not given out any more.

    Raises UnknownStampCard, CardNotFull, ShopClosed, CustomerBlocked, AccountClosed, and at a till OwnAccount and
    TooManyBookings.
    """
    refuse_closed()
    refuse_blocked(customer)
    terms = terms_at(now)
    wanted = card_of(terms, card, now=now)
    with open_book_of(customer.pk, now=now) as held:
        refuse_implausible(customer=customer, actor=actor, now=now)
        stated = {"rule": "stamp_reward", "points": -wanted.needed, "card": wanted.name, "reward": wanted.reward}
        voucher = _voucher(terms, [stated], actor=actor, now=now)
        with _stamp_book(held, wanted.unit) as book:
            try:
                entry = book.spend(wanted.needed, voucher)
            except InsufficientPoints as refusal:
                missing = wanted.needed - max(refusal.facts["balance"], 0)
                raise CardNotFull(missing=missing) from refusal
        _announce("stamps.redeemed", book.account, entry, actor=actor)
    return Stamped(wanted, book.account, entry)


def void_stamps(*, customer: Customer, card: str, seq: int, actor: Actor, now: datetime, reason: str = "") -> Stamped:
    """Undo stamps that were given without a purchase, or a redemption, once: its stamps come back.

    `reason` is a code, never about a person. Raises UnknownStampCard, NotFound and AlreadyReversed. What a purchase has
    brought is taken back with it.
    """
    wanted = card_of(terms_at(now), card, now=now)
    with open_any_book_of(customer.pk, now=now), open_any_book_of(customer.pk, now=now, unit=wanted.unit) as book:
        original = stamp_entry(book.account, seq)
        if original.kind == Entry.Kind.REDEEM:
            entry = _give_back(book, original, actor=actor)
        else:
            voucher = Voucher(actor=actor, occurred_at=now, store_id=actor.store_id)
            taken = book.take_back(original, original.points, voucher, kind=Entry.Kind.VOID)
            # Whatever has expired is gone already.
            entry = taken or original
        _announce("stamps.voided", book.account, entry, actor=actor, reason=reason)
    return Stamped(wanted, book.account, entry)


def stamp_entry(account: Account, seq: int) -> Entry:
    """One that stands for itself: given without a purchase, or redeemed. Raises NotFound."""
    kinds = (Entry.Kind.EARN, Entry.Kind.REDEEM)
    entry = Entry.objects.filter(account=account, seq=seq, kind__in=kinds, purchase_id=None).first()
    if entry is None:
        raise NotFound
    return entry


def credit_stamps(held: Book, purchase: Purchase, brought: Sequence[Stamping], *, actor: Actor) -> list[Stamped]:
    """Book what a purchase brings to its customer's cards, whose points `held` has locked."""
    stamped = []
    for each in brought:
        with _stamp_book(held, each.card.unit) as book:
            entry = _give(book, each.card, each.stamps, _purchase_voucher(purchase, each, actor=actor))
        stamped.append(Stamped(each.card, book.account, entry))
    return stamped


def take_back_stamps(
    held: Book, purchase: Purchase, *, actor: Actor, kept: Mapping[str, int] | None = None, kind: Entry.Kind
) -> int:
    """Take back the stamps of a purchase beyond those that are `kept`, by the card's code; how many were taken.

    For a void nothing is kept. What is on no card any more becomes a debt, which the next stamps pay.
    """
    if not terms_of(purchase.program_version_id).stamp_cards:
        return 0
    taken = 0
    for original in stamps_of_purchase([purchase.pk]):
        unit = original.account.unit
        with _stamp_book(held, unit) as book:
            standing, _expired = book.standing_of(original)
            unearned = standing - (kept or {}).get(unit.removeprefix(STAMPS), 0)
            if unearned > 0:
                voucher = _reversal_voucher(purchase, actor=actor, now=held.now)
                entry = book.take_back(original, unearned, voucher, kind=kind)
                taken -= entry.points if entry else 0
    return taken


def stamps_of_purchase(purchase_ids: Collection[int]) -> list[Entry]:
    """What purchases have brought to cards."""
    entries = Entry.objects.filter(purchase_id__in=purchase_ids, kind=Entry.Kind.EARN, account__unit__startswith=STAMPS)
    return list(entries.select_related("account").order_by("account_id", "seq"))


def join_stamps(gone: Book, stays: Book, *, actor: Actor) -> None:
    """Move the cards of one customer to another; the points of both are locked."""
    for unit in sorted(other_accounts(gone.account.customer_id)):
        with (
            open_any_book_of(gone.account.customer_id, now=gone.now, unit=unit) as theirs,
            _stamp_book(stays, unit) as book,
        ):
            theirs.hand_over(book, Voucher(actor=actor, occurred_at=gone.now))


def card_of(terms: Terms, code: str, *, now: datetime) -> StampCard:
    """A card as it is, or as it was before it was given up: what is on it stays. Raises UnknownStampCard."""
    running = next((card for card in terms.stamp_cards if card.code == code), None)
    card = running or former_cards([code], now=now).get(code)
    if card is None:
        raise UnknownStampCard(field="card")
    return card


def former_cards(codes: Collection[str], *, now: datetime) -> dict[str, StampCard]:
    """Cards as they were at last, by code."""
    if not codes:
        return {}
    begun = StampCardRow.objects.filter(
        code__in=codes, version__published_at__isnull=False, version__starts_at__lte=now
    )
    return {row.code: stamp_card(row) for row in begun.order_by("version__number")}


def _running(terms: Terms, code: str) -> StampCard:
    card = next((card for card in terms.stamp_cards if card.code == code), None)
    if card is None:
        raise UnknownStampCard(field="card")
    return card


@contextmanager
def _stamp_book(held: Book, unit: str) -> Iterator[Book]:
    """The book of a card, opened with its first stamp: the lock on the points keeps two tills from doing it twice."""
    owner = held.account
    if not Account.objects.filter(customer=owner.customer_id, unit=unit).exists():
        customer = Customer(pk=owner.customer_id)
        open_account(customer=customer, program_id=owner.program_id, tier_id=None, now=held.now, unit=unit)
    with open_any_book_of(owner.customer_id, now=held.now, unit=unit) as book:
        yield book


def _give(book: Book, card: StampCard, count: int, voucher: Voucher) -> Entry:
    """Stamps are there at once: nobody waits for a coffee until the return period is over."""
    until = stamps_expire_at(card, voucher.occurred_at, zone=current_tenant().zone)
    return book.earn(count, voucher, available_at=min(voucher.occurred_at, book.now), expires_at=until)


def _give_back(book: Book, original: Entry, *, actor: Actor) -> Entry:
    stated: list[dict[str, Any]] = [{**line, "rule": "stamp_reward_cancelled"} for line in original.explanation]
    for line in stated:
        line["points"] = -original.points
    voucher = Voucher(actor=actor, occurred_at=book.now, explanation=stated, store_id=actor.store_id)
    return book.give_back(original, voucher)


def _voucher(terms: Terms, explanation: list[dict[str, Any]], *, actor: Actor, now: datetime) -> Voucher:
    return Voucher(
        actor=actor,
        occurred_at=now,
        explanation=explanation,
        program_version_id=terms.version_id,
        store_id=actor.store_id,
    )


def _purchase_voucher(purchase: Purchase, brought: Stamping, *, actor: Actor) -> Voucher:
    return Voucher(
        actor=actor,
        occurred_at=purchase.purchased_at,
        explanation=[{**brought.explanation, "card": brought.card.name}],
        purchase_id=purchase.pk,
        program_version_id=purchase.program_version_id,
        store_id=purchase.store_id,
    )


def _reversal_voucher(purchase: Purchase, *, actor: Actor, now: datetime) -> Voucher:
    return Voucher(
        actor=actor,
        occurred_at=now,
        purchase_id=purchase.pk,
        program_version_id=purchase.program_version_id,
        store_id=purchase.store_id,
    )


def _announce(name: str, account: Account, entry: Entry, *, actor: Actor, **facts: Any) -> None:
    publish(
        name,
        actor=actor,
        customer=account.customer_id,
        card=account.unit.removeprefix(STAMPS),
        seq=entry.seq,
        stamps=abs(entry.points),
        **facts,
    )
