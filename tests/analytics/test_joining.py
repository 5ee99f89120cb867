"""Members before and after joining: whole months of those whose past is known, and of no other shop."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import count

import pytest

from analytics.association import Change, change_on_joining
from analytics.models import JoiningFigures
from analytics.rollups.joining import draw_joining
from analytics.rollups.nightly import draw_figures
from customers.models import Customer
from customers.services import erase
from programs.bulk import PastPurchase, record_past_purchases
from tenants.roles import SYSTEM
from tests.factories import Shop, make_customer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# In Berlin it is October already.
JOINED = datetime(2025, 9, 30, 22, 30, tzinfo=UTC)
OVER = datetime(2026, 2, 1, 12, 0, tzinfo=UTC)
_numbers = count()


def bought(customer: Customer, total: int, *on: datetime) -> list[PastPurchase]:
    return [
        PastPurchase(
            customer=customer,
            total=total,
            purchased_at=at,
            import_key=blake2b(str(next(_numbers)).encode(), digest_size=16).digest(),
        )
        for at in on
    ]


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def spend(shop: Shop, number: int) -> None:
    """Members who joined in October, by the shop's clock, with a past since May; one without a past."""
    with shop.scope():
        past = []
        for each in range(number):
            member = make_customer(now=JOINED)
            past += bought(member, 5_000, noon(2025, 5, 4))
            # Three whole months before: July to September; the month of joining counts for neither.
            past += bought(member, 1_000 + each, noon(2025, 7, 1), noon(2025, 9, 30))
            past += bought(member, 9_900, noon(2025, 10, 5))
            past += bought(member, 2_000, noon(2025, 11, 1), noon(2026, 1, 31))
        newcomer = make_customer(now=JOINED)
        past += bought(newcomer, 700, noon(2025, 9, 15), noon(2025, 11, 1))
        past.sort(key=lambda purchase: purchase.purchased_at)
        record_past_purchases(past, actor=SYSTEM, now=OVER)
    draw_figures(shop.tenant, today=OVER.date())


def drawn(shop: Shop, day: datetime = OVER) -> JoiningFigures:
    with shop.scope():
        draw_joining(day.date())
        return JoiningFigures.objects.get()


def test_whole_months_before_and_after_joining_are_compared(shops: tuple[Shop, Shop]) -> None:
    import numpy as np

    spend(shops[0], 32)
    spend(shops[1], 2)
    found = drawn(shops[0])
    before = np.array([2 * (1_000 + each) for each in range(32)], dtype=np.int64)
    expected = change_on_joining(before=before, after=np.full(32, 4_000, dtype=np.int64))
    assert isinstance(expected, Change)
    assert (found.members, found.before, found.after) == (32, expected.before, expected.after)
    assert (found.low, found.high) == (expected.difference.low, expected.difference.high)
    few = drawn(shops[1])
    assert (few.members, few.before, few.high) == (2, None, None)


def test_months_that_are_not_over_and_members_who_are_gone_do_not_count(shop: Shop) -> None:
    spend(shop, 2)
    assert drawn(shop, OVER - DAY).members == 0
    assert drawn(shop).members == 2
    with shop.scope():
        erase(customer=Customer.objects.order_by("pk")[0], actor=SYSTEM, now=OVER)
    assert drawn(shop, OVER + DAY).members == 1
