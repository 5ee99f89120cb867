"""What becomes of points, purchases and tier where two customers turn out to be one."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from customers.models import Customer
from ledger import queries as ledger
from ledger.book import Voucher, open_books_of
from programs.customer_stats import mark
from programs.earning import TierTerms
from programs.holding import as_at, bring_forward, tier_of
from programs.limits import move_uses
from programs.models import Purchase
from programs.qualifying import join
from programs.services import move_tier
from programs.stamps import join_stamps
from programs.terms import terms_at
from tenants.roles import Actor

COUNTERS = ("lifetime_spend", "lifetime_visits")


@dataclass(frozen=True, slots=True)
class Together:
    """What the remaining customer would have."""

    balance: int
    pending: int
    tier: TierTerms
    purchases: int


def join_memberships(*, customer_id: int, into_id: int, actor: Actor, now: datetime) -> None:
    """Move points, purchases and what counts for the tier to another customer. Raises AccountClosed.

    The transfer counts for nothing, but the purchases do, and they move: voiding one takes off what it has counted.
    """
    with open_books_of([customer_id, into_id], now=now) as books:
        gone, stays = books[customer_id].account, books[into_id].account
        terms = terms_at(now)
        bring_forward([gone, stays], terms, at=now)
        books[customer_id].hand_over(books[into_id], Voucher(actor=actor, occurred_at=now))
        join(stays, gone)
        for counter in COUNTERS:
            setattr(stays, counter, getattr(stays, counter) + getattr(gone, counter))
            setattr(gone, counter, 0)
        move_uses(from_account_id=gone.pk, to_account_id=stays.pk)
        join_stamps(books[customer_id], books[into_id], actor=actor)
        moved = Purchase.objects.filter(customer=customer_id)
        since = moved.aggregate(Min("purchased_on"))["purchased_on__min"]
        moved.update(customer=into_id)
        if since is not None:
            mark([(customer_id, since), (into_id, since)])
        move_tier(stays, terms, actor=actor, now=now, merged=True)


def together(customers: tuple[Customer, Customer], *, now: datetime) -> Together:
    """The outcome before it is one. Raises NotFound."""
    terms = terms_at(now)
    accounts = [ledger.account_of(customer) for customer in customers]
    stays, gone = as_at(accounts, terms, now=now)
    join(stays, gone)
    figures = ledger.figures_of(accounts, now=now)
    return Together(
        balance=sum(part.balance for part in figures.values()),
        pending=sum(part.pending for part in figures.values()),
        tier=tier_of(stays, terms, at=now),
        purchases=Purchase.objects.filter(customer__in=customers).count(),
    )
