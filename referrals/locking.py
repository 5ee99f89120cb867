"""A referral as it is now, behind the books of both sides: the order in which everything locks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from ledger.book import Book, open_books_of
from ledger.models import POINTS, Account
from referrals.models import Referral, ReferralOffer

Books = dict[int, Book]


class _Moved(Exception):
    """A merge has moved it while we waited; what was locked is let go again."""


@contextmanager
def open_referral(referral: Referral, *, now: datetime) -> Iterator[tuple[Referral, Books]]:
    """Locked with its offer, whose caps are counted behind that lock, and the books of those who have not left."""
    seen = Referral.objects.get(pk=referral.pk)
    while True:
        try:
            with open_books_of(_with_account(seen), now=now) as books:
                ReferralOffer.objects.select_for_update(no_key=True).get(pk=seen.offer_id)
                current = locked_referral(seen)
                if _parties(current) != _parties(seen):
                    raise _Moved
                yield current, books
                return
        except _Moved:
            seen = Referral.objects.get(pk=referral.pk)


@contextmanager
def open_books_after_merge(referral: Referral, *, gone: int, stays: int, now: datetime) -> Iterator[Books]:
    """The books of both sides where one is joined with another right now; the referral is locked."""
    holders = {party: stays if party == gone else party for party in _parties(referral)}
    open_ones = Account.objects.filter(customer__in=set(holders.values()), unit=POINTS, closed_at=None)
    with open_books_of(list(open_ones.values_list("customer_id", flat=True)), now=now) as books:
        yield {party: books[holder] for party, holder in holders.items() if holder in books}


def locked_referral(referral: Referral) -> Referral:
    rows = Referral.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("offer", "referrer", "friend", "purchase").get(pk=referral.pk)


def _with_account(referral: Referral) -> list[int]:
    open_ones = Account.objects.filter(customer__in=_parties(referral), unit=POINTS, closed_at=None)
    return list(open_ones.values_list("customer_id", flat=True))


def _parties(referral: Referral) -> list[int]:
    return [party for party in (referral.referrer_id, referral.friend_id) if party is not None]
