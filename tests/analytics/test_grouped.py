"""Groups as figures: shares of what active customers have paid, and whoever is lost beside them."""

import pytest

from analytics.grouped import ORDER, grouping
from analytics.groups import Group
from analytics.kpis import Ratio
from analytics.models import CustomerScore, ScoringRun
from analytics.queries import in_group
from customers.queries import known_customers
from tests.factories import NOW, Shop, make_customer

pytestmark = pytest.mark.django_db


def run(groups: dict[Group, tuple[int, int]], *, day: int = 0) -> None:
    sums = {str(int(group)): {"customers": count, "total": total} for group, (count, total) in groups.items()}
    ScoringRun.objects.create(
        day=NOW.date().replace(day=1 + day),
        window_days=90,
        customers=sum(count for count, _ in groups.values()),
        footing="sound",
        groups=sums,
        ran_at=NOW,
    )


def test_shares_are_of_what_active_customers_have_paid(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        run({Group.CHAMPION: (90, 1)})
    with shop.scope():
        assert grouping() is None
        run({Group.NEW: (1, 100)})
        run({Group.CHAMPION: (2, 7_500), Group.AT_RISK: (1, 2_500), Group.LOST: (5, 90_000)}, day=1)
        found = grouping()
    assert found is not None
    assert [each.group for each in found.groups] == list(ORDER)
    champions, at_risk, lost = (found.groups[number] for number in (0, 4, 5))
    assert (champions.share, at_risk.share, lost.share) == (Ratio(7_500, 10_000), Ratio(2_500, 10_000), None)
    assert (found.active, found.active_total, lost.customers) == (3, 10_000, 5)


def test_a_run_without_anybody_makes_no_groups(shop: Shop) -> None:
    with shop.scope():
        run({})
        assert grouping() is None


def test_who_is_in_a_group_can_be_listed(shop: Shop, other_shop: Shop) -> None:
    for each in (other_shop, shop):
        with each.scope():
            make_customer(name="Tom")
            customer = make_customer(name=each.tenant.slug)
            CustomerScore.objects.create(customer=customer, group=Group.CHAMPION, recency=5, frequency=5, money=5)
    with shop.scope():
        assert [each.name for each in in_group(known_customers(), Group.CHAMPION)] == [shop.tenant.slug]
        assert not in_group(known_customers(), Group.LOST).exists()
