"""The list of customers by what they are and did."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet

from customers.models import Consent, Customer, CustomerTag, Tag
from programs.members import Wanted, by_name, counts, members, newest_first
from programs.services import void_purchase
from team.services import open_store
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_purchase

pytestmark = pytest.mark.django_db
Order = Callable[..., QuerySet[Customer]]


def ago(days: int) -> dict[str, object]:
    moment = NOW - timedelta(days=days)
    return {"purchased_at": moment, "now": moment}


def names(rows: Iterable[Customer]) -> list[str]:
    return sorted(row.name for row in rows)


def found(**wanted: object) -> list[str]:
    return names(members(Wanted(**wanted), now=NOW))  # type: ignore[arg-type]


def test_a_list_without_wishes_has_everybody_who_is_still_there(shops: tuple[Shop, Shop]) -> None:
    for shop in shops:
        with shop.scope():
            make_customer(name="Jana")
            Customer.objects.filter(pk=make_customer(name="Erased").pk).update(status="erased")
            Customer.objects.filter(pk=make_customer(name="Blocked").pk).update(status="blocked")
    with shops[0].scope():
        assert found() == ["Blocked", "Jana"]
        assert found(status="blocked") == ["Blocked"]
        assert found(status="active", text="ja") == ["Jana"]


def test_by_tier(shop: Shop) -> None:
    with shop.scope():
        make_customer(name="Silke")
        make_purchase(customer=make_customer(name="Gerd"), total=60_000)
        assert found(tier="gold") == ["Gerd"]
        assert found(tier="silver") == ["Silke"]
        assert found(tier="wood") == []


def test_by_tag(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        CustomerTag.objects.create(customer=make_customer(name="Elsewhere"), tag=Tag.objects.create(name="x", key="x"))
    with shop.scope():
        tag = Tag.objects.create(name="Hafermilch", key="hafermilch")
        CustomerTag.objects.create(customer=make_customer(name="Jana"), tag=tag)
        make_customer(name="Tom")
        assert found(tag=tag.pk) == ["Jana"]
        assert found(tag=tag.pk + 1000) == []


def test_by_the_last_purchase_which_a_void_takes_back(shop: Shop) -> None:
    with shop.scope():
        jana, tom, lea = (make_customer(name=name) for name in ("Jana", "Tom", "Lea"))
        for customer, days in ((jana, 100), (jana, 10), (tom, 100)):
            make_purchase(customer=customer, **ago(days))  # type: ignore[arg-type]
        assert found(seen_days=90) == ["Jana"]
        assert found(away_days=90) == ["Tom"]
        assert found(seen_days=100, away_days=9) == ["Jana", "Tom"]
        late = make_purchase(customer=lea, **ago(1))  # type: ignore[arg-type]
        assert found(seen_days=5) == ["Lea"]
        void_purchase(purchase=late.purchase, actor=SYSTEM, now=NOW)
        assert found(seen_days=5) == []
        assert found(away_days=1) == ["Jana", "Tom"]


def test_by_the_store_of_the_last_purchase(shop: Shop) -> None:
    with shop.scope():
        hafen = open_store(code="hafen", name="Hafen", actor=SYSTEM)
        jana, tom = make_customer(name="Jana"), make_customer(name="Tom")
        make_customer(name="Lea")
        for customer, store, days in ((jana, hafen, 9), (jana, shop.store, 2), (tom, shop.store, 9), (tom, hafen, 2)):
            make_purchase(customer=customer, store=store, **ago(days))  # type: ignore[arg-type]
        assert found(store="hafen") == ["Tom"]
        assert found(store="main") == ["Jana"]
        assert found(store="moon") == []


def test_by_a_consent_that_is_given_and_not_withdrawn(shop: Shop) -> None:
    with shop.scope():
        for name, state in {
            "Given": {"confirmed_at": NOW},
            "Asked": {},
            "Withdrawn": {"confirmed_at": NOW, "withdrawn_at": NOW},
        }.items():
            Consent.objects.create(customer=make_customer(name=name), channel="email", requested_at=NOW, **state)
        assert found(consent="email") == ["Given"]
        assert found(consent="sms") == []


def test_by_e_mail_address_and_by_the_day_of_enrolling(shop: Shop) -> None:
    with shop.scope():
        make_customer(name="Jana", email="jana@example.org", now=NOW - timedelta(days=5))
        make_customer(name="Tom")
        assert found(has_email=True) == ["Jana"]
        assert found(has_email=False) == ["Tom"]
        assert found(enrolled_since=NOW.date()) == ["Tom"]
        assert found(enrolled_since=NOW.date() - timedelta(days=5)) == ["Jana", "Tom"]


def test_the_counts_of_the_tabs_are_those_of_their_lists(shop: Shop) -> None:
    with shop.scope():
        for name, days in (("Jana", 5), ("Tom", 200), ("Lea", 400)):
            customer = make_customer(name=name, now=NOW - timedelta(days=days))
            make_purchase(customer=customer, **ago(days))  # type: ignore[arg-type]
        Customer.objects.filter(name="Lea").update(status="blocked")
        make_customer(name="New")
        counted = counts(now=NOW)
        assert (counted.known, counted.active, counted.away, counted.new, counted.blocked) == (4, 1, 2, 2, 1)


@pytest.mark.parametrize("order", [newest_first, by_name])
def test_the_pages_of_an_order_hold_everybody_once(shop: Shop, order: Order) -> None:
    with shop.scope():
        for name in ("Jana", "Ärni", "", "Zoe", "", "Jana", "anna", "Ben", ""):
            make_customer(name=name)
        whole = list(order(Customer.objects.all()))
        paged: list[Customer] = []
        after = None
        while page := list(order(Customer.objects.all(), after=after)[:2]):
            paged += page
            after = page[-1].public_id
        assert paged == whole
    if order is by_name:
        assert [row.name for row in whole] == ["anna", "Ärni", "Ben", "Jana", "Jana", "Zoe", "", "", ""]


def test_a_cursor_that_is_not_from_this_shop_begins_at_the_beginning(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        elsewhere = make_customer(name="Zoe").public_id
    with shop.scope():
        make_customer(name="Jana")
        assert names(by_name(Customer.objects.all(), after=elsewhere)) == ["Jana"]


@pytest.mark.parametrize("order", [newest_first, by_name])
def test_a_page_comes_from_an_index(shop: Shop, order: Order) -> None:
    """Not from sorting everybody: the planner shall not need to where a shop is large."""
    with shop.scope(), connection.cursor() as cursor:
        make_customer()
        # One customer is read and sorted as cheaply; where there are many, the planner itself prefers the index.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        plan = order(Customer.objects.all())[:50].explain()
        assert "Sort" not in plan
        assert "Seq Scan" not in plan
