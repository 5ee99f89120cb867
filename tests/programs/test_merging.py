"""Points, purchases and tier of two customers who become one, also while tills go on booking."""

import random
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from customers.blocking import block
from customers.errors import UnknownCustomer
from customers.merging import merge
from customers.models import Customer
from customers.services import erase
from events.models import Event
from ledger import queries as ledger
from ledger.errors import AccountClosed
from ledger.models import Account, Entry
from programs.adjusting import adjust_points
from programs.errors import AlreadyVoided
from programs.merging import together
from programs.models import Purchase
from programs.queries import standing
from programs.services import void_purchase
from programs.statement import statement
from tenants.errors import Busy
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_purchase, make_shop
from tests.ledger.test_races_and_failures import at_once, fail_after_every_statement

pytestmark = pytest.mark.django_db
Pair = tuple[Customer, Customer]


@pytest.fixture
def pair(shop: Shop) -> Pair:
    with shop.scope():
        return make_customer(name="Jana"), make_customer(name="Jana K")


def join(pair: Pair) -> Customer:
    return merge(customer=pair[0], into=pair[1], actor=SYSTEM, now=NOW)


def test_points_and_purchases_add_up_and_the_preview_has_said_so(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        for customer, total in zip(pair, (30_000, 25_000), strict=True):
            make_purchase(customer=customer, total=total)
        before = together(pair, now=NOW)
        after = standing(join(pair), now=NOW)
        assert (before.balance, before.pending, before.tier.code, before.purchases) == (5500, 0, "gold", 2)
        assert (after.balance, after.pending, after.tier.code) == (5500, 0, "gold")
        assert set(Purchase.objects.values_list("customer", flat=True)) == {pair[1].pk}
        assert ledger.unsound_accounts() == {}


def test_a_tier_reached_together_is_announced(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        for customer in pair:
            make_purchase(customer=customer, total=30_000)
        join(pair)
        moved = Event.objects.get(name="tier.changed")
        assert moved.customer_id == pair[1].pk


def test_points_that_were_given_by_hand_move_and_count_for_no_tier(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        adjust_points(customer=pair[0], points=9_000, reason="old_points", actor=SYSTEM, now=NOW)
        after = standing(join(pair), now=NOW)
        assert (after.balance, after.tier.code) == (9_000, "silver")
        account = Account.objects.get(customer=pair[1])
        assert (account.qualifying_points, account.qualifying_spend, account.qualifying_visits) == (0, 0, 0)


def test_a_purchase_is_voided_after_the_merge_as_it_would_have_been_before(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        early = make_purchase(customer=pair[0], total=50_000).purchase
        make_purchase(customer=pair[1], total=10_000)
        stays = join(pair)
        assert standing(stays, now=NOW).tier.code == "gold"
        early.refresh_from_db()
        voiding = void_purchase(purchase=early, actor=SYSTEM, now=NOW)
        assert (voiding.points, voiding.tier_changed) == (5_000, True)
        after = standing(stays, now=NOW)
        assert (after.balance, after.tier.code) == (1_000, "silver")
        account = Account.objects.get(customer=stays)
        assert (account.qualifying_points, account.qualifying_spend, account.qualifying_visits) == (1_000, 10_000, 1)
        with pytest.raises(AlreadyVoided):
            void_purchase(purchase=early, actor=SYSTEM, now=NOW)
        assert ledger.unsound_accounts() == {}


def test_a_void_that_read_the_purchase_before_the_merge_finds_it_at_its_new_place(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        stale = make_purchase(customer=pair[0], total=1_000).purchase
        stays = join(pair)
        assert void_purchase(purchase=stale, actor=SYSTEM, now=NOW).points == 100
        assert standing(stays, now=NOW).balance == 0
        with pytest.raises(AlreadyVoided):
            void_purchase(purchase=stale, actor=SYSTEM, now=NOW)


def test_the_statements_say_what_has_happened(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        purchase = make_purchase(customer=pair[0], total=1_000).purchase
        join(pair)
        purchase.refresh_from_db()
        void_purchase(purchase=purchase, actor=SYSTEM, now=NOW)
        old, new = (Account.objects.get(customer=customer) for customer in pair)
        told = [
            [(line.title, line.points, line.is_voided) for line in statement(account, list(ledger.entries(account)))]
            for account in (old, new)
        ]
        assert told == [
            [("In das andere Konto übertragen", -100, False), ("Einkauf 10,00\u202f€", 100, True)],
            [("Storno: Einkauf 10,00\u202f€", -100, False), ("Aus anderem Konto übernommen", 100, False)],
        ]


def test_an_award_for_somebody_who_has_been_joined_or_erased_meanwhile_is_refused(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        join(pair)
        with pytest.raises(AccountClosed):
            make_purchase(customer=pair[0])
        with pytest.raises(AccountClosed):
            adjust_points(customer=pair[0], points=1, reason="other", actor=SYSTEM, now=NOW)
        erased = make_customer()
        bought = make_purchase(customer=erased, total=1_000).purchase
        stale = Customer.objects.get(pk=erased.pk)
        erase(customer=erased, actor=SYSTEM, now=NOW)
        with pytest.raises(AccountClosed):
            make_purchase(customer=stale)
        assert void_purchase(purchase=bought, actor=SYSTEM, now=NOW).points == 100
        assert ledger.unsound_accounts() == {}


def test_points_of_who_was_joined_are_not_awarded_by_a_merge_of_who_is_blocked(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        make_purchase(customer=pair[0], total=1_000)
        block(customer=pair[0], reason="misuse", actor=SYSTEM, now=NOW)
        stays = Customer.objects.get(pk=join(pair).pk)
        assert (stays.status, standing(stays, now=NOW).balance) == ("blocked", 100)


# --- at once ---------------------------------------------------------------------------------------------------------


def scoped(shop: Shop, act: Callable[[], Any]) -> Any:
    with shop.scope():
        return act()


@pytest.mark.django_db(transaction=True)
def test_of_two_merges_in_opposite_directions_one_wins(shop: Shop) -> None:
    for _ in range(10):
        with shop.scope():
            two = make_customer(), make_customer()
            for customer in two:
                make_purchase(customer=customer, total=1_000)
        results = at_once(*(partial(scoped, shop, partial(join, pair)) for pair in (two, (two[1], two[0]))))
        assert sorted(type(result).__name__ for result in results) == ["Customer", "UnknownCustomer"]
        winner = next(result for result in results if isinstance(result, Customer))
        with shop.scope():
            assert standing(winner, now=NOW).balance == 200
    with shop.scope():
        assert ledger.unsound_accounts() == {}


@pytest.mark.django_db(transaction=True)
def test_merges_awards_voids_and_erasures_of_the_same_people_at_once_lose_no_point(shop: Shop) -> None:
    """Whoever comes too late is refused, and what was booked is where it belongs."""
    allowed = (AccountClosed, UnknownCustomer, AlreadyVoided, Busy)
    chance = random.Random(7)
    for _ in range(12):
        with shop.scope():
            people = [make_customer() for _ in range(3)]
            bought = [make_purchase(customer=customer, total=1_000).purchase for customer in people for _ in range(2)]
        acts: list[Callable[[], Any]] = []
        for gone, stays in ((0, 1), (1, 2), (2, 0)):
            acts.append(partial(join, (people[gone], people[stays])))
        acts += [partial(make_purchase, customer=customer, total=1_000) for customer in people]
        acts += [partial(void_purchase, purchase=purchase, actor=SYSTEM, now=NOW) for purchase in bought[::2]]
        chance.shuffle(acts)
        results = at_once(*(partial(scoped, shop, act) for act in acts))
        assert all(not isinstance(result, Exception) or isinstance(result, allowed) for result in results), results
        with shop.scope():
            assert ledger.unsound_accounts() == {}
            ours = Account.objects.filter(customer__in=people)
            kept = Purchase.objects.filter(customer__in=people, voided_at=None)
            assert sum(account.balance for account in ours) == sum(purchase.points for purchase in kept)
            for account in ours:
                own = kept.filter(customer=account.customer_id)
                assert account.balance == account.qualifying_points == sum(purchase.points for purchase in own)
                assert account.qualifying_visits == own.count()
            joined = Customer.objects.filter(pk__in=[person.pk for person in people], status="merged")
            assert not ours.filter(customer__in=joined).exclude(balance=0).exists()


@pytest.mark.django_db(transaction=True)
def test_an_award_that_waits_for_the_merge_is_not_booked_on_the_empty_account(shop: Shop) -> None:
    with shop.scope():
        two = make_customer(), make_customer()
        stale = Customer.objects.get(pk=two[0].pk)
    started, released = threading.Event(), threading.Event()

    def slow_merge() -> None:
        with shop.scope():
            join(two)
            started.set()
            released.wait(timeout=3)

    def award() -> None:
        started.wait(timeout=10)
        with shop.scope():
            threading.Timer(0.3, released.set).start()
            make_purchase(customer=stale)

    results = at_once(slow_merge, award)
    assert [type(result).__name__ for result in results] == ["NoneType", "AccountClosed"]
    with shop.scope():
        assert not Purchase.objects.exists()
        assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_failure_after_any_statement_of_a_merge_leaves_nothing() -> None:
    shop = make_shop()
    with shop.scope():
        two = make_customer(name="Jana", email="jana@example.org"), make_customer()
        for customer in two:
            make_purchase(customer=customer, total=1_000)

    def merging() -> None:
        with shop.scope():
            join(two)

    assert fail_after_every_statement(shop, merging) >= 20
    with shop.scope():
        assert ledger.unsound_accounts() == {}
