"""Stamp cards as their holders and the till see them: what is on each, what is missing, what was booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from customers.models import Customer
from ledger import queries as ledger
from ledger.models import Account, Entry
from programs.plausibility import booked_at_tills
from programs.rules import STAMPS, StampCard
from programs.stamps import former_cards
from programs.terms import terms_at
from team.models import Device
from tenants.errors import NotFound


@dataclass(frozen=True, slots=True)
class HeldCard:
    """A card of a customer. `stamps` is below zero where more were taken back than lay there."""

    card: StampCard
    stamps: int
    account: Account | None = None
    expiring: Sequence[ledger.Expiring] = ()
    # Given out no more; what is on it stays.
    is_former: bool = False

    @property
    def is_full(self) -> bool:
        return self.stamps >= self.card.needed

    @property
    def missing(self) -> int:
        return max(self.card.needed - self.stamps, 0)

    @property
    def owed(self) -> int:
        return max(-self.stamps, 0)

    @property
    def shown(self) -> int:
        """On this card; more stand on the next one."""
        return min(max(self.stamps, 0), self.card.needed)

    @property
    def beyond(self) -> int:
        return max(self.stamps - self.card.needed, 0)

    @property
    def dots(self) -> list[bool]:
        return [number < self.shown for number in range(self.card.needed)]

    @property
    def taps(self) -> list[int]:
        """How many stamps one tap may give, as far as there is a button for it; a full card needs its room."""
        return list(range(1, min(self.card.at_once, 1 if self.is_full else 3) + 1))


def cards_of(customer: Customer, *, now: datetime) -> list[HeldCard]:
    """The cards that the programme offers, then former ones on which something is left."""
    terms = terms_at(now)
    accounts = ledger.other_accounts(customer.pk)
    figures = ledger.figures_of(accounts.values(), now=now)
    expiring = ledger.expiring_in(accounts.values(), now=now) if accounts else {}
    codes = {card.code for card in terms.stamp_cards}
    left = {unit.removeprefix(STAMPS) for unit, account in accounts.items() if figures[account.pk].balance > 0} - codes
    former = former_cards(sorted(left), now=now)
    held = []
    for card in [*terms.stamp_cards, *former.values()]:
        account = accounts.get(card.unit)
        held.append(
            HeldCard(
                card,
                figures[account.pk].balance if account else 0,
                account,
                expiring.get(account.pk, ()) if account else (),
                is_former=card.code in former,
            )
        )
    return held


@dataclass(frozen=True, slots=True)
class TillStamp:
    """What a till has booked to a card without a purchase."""

    entry: Entry
    is_voided: bool

    @property
    def code(self) -> str:
        return self.entry.account.unit.removeprefix(STAMPS)

    @property
    def customer(self) -> Customer:
        return self.entry.account.customer

    @property
    def reward(self) -> str:
        """What a full card was redeemed for; empty for stamps."""
        return next((line["reward"] for line in self.entry.explanation if "reward" in line), "")

    @property
    def card(self) -> str:
        return next((line["card"] for line in self.entry.explanation if "card" in line), "")


def stamps_at(device: Device, *, since: datetime, at_most: int) -> list[TillStamp]:
    """The latest of a till, newest first."""
    rows = booked_at_tills(since=since).filter(device=device)
    return _with_their_undoing(rows.order_by("-created_at", "-account_id", "-seq")[:at_most])


def stamp_at(device: Device, *, since: datetime, customer: Customer, card: str, seq: int) -> TillStamp:
    """One of a till. Raises NotFound."""
    rows = booked_at_tills(since=since).filter(device=device, seq=seq)
    found = _with_their_undoing(rows.filter(account__customer=customer, account__unit=f"{STAMPS}{card}"))
    if not found:
        raise NotFound
    return found[0]


def _with_their_undoing(rows: QuerySet[Entry]) -> list[TillStamp]:
    entries = list(rows.select_related("account__customer"))
    undone = set(
        Entry.objects.filter(account__in={entry.account_id for entry in entries}, reverses__isnull=False).values_list(
            "account_id", "reverses"
        )
    )
    return [TillStamp(entry, (entry.account_id, entry.seq) in undone) for entry in entries]
