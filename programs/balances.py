"""Points that customers bring along from an earlier programme: booked as an opening balance, and taken back again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from customers.models import Customer
from ledger.book import Voucher, open_any_book_of
from ledger.bulk import lock_books_for_reversals, reverse, write_books
from ledger.models import Account, Entry
from programs.bulk import books_of
from programs.terms import expires_at, terms_at
from tenants.calendar import midnight
from tenants.roles import Actor
from tenants.scope import current_tenant, refuse_closed


@dataclass(frozen=True, slots=True)
class Balance:
    """What a customer starts with. `expires_on` is the last valid day; without one the programme decides."""

    customer_id: int
    points: int
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """The entry of a balance."""

    account_id: int
    seq: int


def book_opening_balances(balances: Sequence[Balance], *, actor: Actor, now: datetime) -> list[Booked]:
    """Spendable at once; they count for no tier. The entries, in the order of the balances. No events are published."""
    refuse_closed()
    zone = current_tenant().zone
    terms = terms_at(now)
    usual = expires_at(terms, now, zone=zone)
    voucher = Voucher(actor=actor, occurred_at=now, program_version_id=terms.version_id)
    booked = []
    with transaction.atomic():
        books = books_of({balance.customer_id for balance in balances}, now=now)
        for balance in balances:
            book = books[balance.customer_id]
            day = balance.expires_on
            until = midnight(day + timedelta(days=1), zone=zone) if day else usual
            entry = book.earn(balance.points, voucher, kind=Entry.Kind.OPENING, available_at=now, expires_at=until)
            booked.append(Booked(account_id=book.account.pk, seq=entry.seq))
        write_books(books.values())
    return booked


def reverse_opening_balances(booked: Sequence[Booked], *, actor: Actor, now: datetime) -> int:
    """Take back what is left of these balances, a deficit where the points are spent. The points taken."""
    voucher = Voucher(actor=actor, occurred_at=now)
    taken = 0
    with transaction.atomic():
        held = Account.objects.filter(pk__in={balance.account_id for balance in booked}).select_related("customer")
        accounts = {account.pk: account for account in held}
        customers = {account.customer_id for account in held if account.customer.merged_into_id is None}
        books = {book.account.pk: book for book in lock_books_for_reversals(customers, now=now).values()}
        moved: list[Entry] = []
        for entry in _entries_of(booked):
            if entry.account_id in books:
                taken += reverse(books[entry.account_id], entry, voucher)
            else:
                moved.append(entry)
        write_books(books.values())
        for entry in moved:
            taken += _reverse_elsewhere(entry, accounts[entry.account_id].customer, voucher, now=now)
    return taken


def _entries_of(booked: Sequence[Booked]) -> list[Entry]:
    wanted = {(balance.account_id, balance.seq) for balance in booked}
    entries = Entry.objects.filter(account__in={account_id for account_id, _seq in wanted}, kind=Entry.Kind.OPENING)
    return [entry for entry in entries.order_by("account_id", "seq") if (entry.account_id, entry.seq) in wanted]


def _reverse_elsewhere(entry: Entry, customer: Customer, voucher: Voucher, *, now: datetime) -> int:
    """From the account of the customer with whom theirs was joined."""
    assert customer.merged_into_id is not None
    with open_any_book_of(customer.merged_into_id, now=now) as book:
        taken = book.take_back(entry, entry.points, voucher, kind=Entry.Kind.VOID)
    return -taken.points if taken else 0
