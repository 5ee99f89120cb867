"""A whole import is taken back: points, balances, products, and the people whom nothing else knows."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.merging import merge
from customers.models import Card, Consent, Customer, Note
from customers.services import enrol, erase
from events.models import Event
from imports.errors import NotPossibleNow
from imports.models import OpeningBalance
from imports.services import undo_import
from imports.undoing import plan_of
from imports.work import work_on
from ledger.book import Voucher, open_book
from ledger.models import Account, Entry, Lot
from ledger.queries import account_of, unsound_accounts
from programs.models import Product, Purchase, PurchaseLine
from programs.rules import Per, StampCard
from programs.services import record_purchase, void_purchase
from programs.stamps import add_stamps
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, change_rules, make_customer, make_purchase, make_shop, offer_cards
from tests.imports.desk import Desk, counts

HEADER = "customer;date;total"
LOG = (HEADER, "A;01.02.2026;24,90", "A;02.02.2026;10,00", "B;03.02.2026;5,00")


def spend(customer: Customer, points: int) -> None:
    with open_book(account_of(customer).pk, now=NOW) as book:
        book.spend(points, Voucher(actor=SYSTEM, occurred_at=NOW))


def test_purchases_are_voided_and_people_with_nothing_else_are_gone(desk: Desk, other_desk: Desk) -> None:
    other_desk.bring("purchases", *LOG)
    source = desk.undo(desk.bring("purchases", *LOG))
    assert (source.step, source.state) == ("undo", "done")
    assert source.undone_at is not None
    assert source.undone == {"purchases": 3, "balances": 0, "points": 399, "products": 0, "customers": 2}
    with desk.shop.scope():
        assert not Purchase.objects.filter(voided_at=None).exists()
        assert set(Customer.objects.values_list("status", "external_id")) == {("erased", "")}
        assert set(Account.objects.values_list("balance", "qualifying_points", "qualifying_visits")) == {(0, 0, 0)}
        assert Entry.objects.filter(kind="void", reverses__isnull=False, actor="member:1").count() == 3
        assert unsound_accounts() == {}
        assert Event.objects.get(name="import.undone").payload["purchases"] == 3
    with other_desk.shop.scope():
        assert Purchase.objects.filter(voided_at=None).count() == 3
        assert Customer.objects.filter(status="active").count() == 2


def test_the_same_file_can_be_read_again_after_it_was_undone(desk: Desk) -> None:
    lines = ("customer;date;total;receipt", "A;01.02.2026;24,90;R1", "B;03.02.2026;5,00;R2")
    desk.undo(desk.bring("purchases", *lines))
    again = desk.bring("purchases", *lines)
    assert counts(again) == (2, 2, 0, 0)
    with desk.shop.scope():
        assert Purchase.objects.filter(voided_at=None, receipt_number="R1").count() == 1
        assert account_of(Customer.objects.get(external_id="A")).balance == 249
        assert unsound_accounts() == {}


def test_the_plan_says_before_what_will_happen_and_what_cannot(desk: Desk) -> None:
    source = desk.bring("purchases", *LOG, "C;04.02.2026;1,00")
    with desk.shop.scope():
        ada = Customer.objects.get(external_id="A")
        make_purchase(customer=ada, total=1000)
        spend(ada, 440)
        spend(Customer.objects.get(external_id="B"), 20)
        plan = plan_of(source)
    assert (plan.purchases, plan.points, plan.balances) == (4, 409, 0)
    # A keeps 100 - 440 + 349 - 349 = -340 of 449, B owes 20.
    assert (plan.debtors, plan.debt) == (2, 360)
    assert (plan.customers, plan.customers_staying) == (1, 2)
    source = desk.undo(source)
    assert source.undone == {"purchases": 4, "balances": 0, "points": 409, "products": 0, "customers": 1}
    with desk.shop.scope():
        assert account_of(ada).balance == -340
        assert account_of(Customer.objects.get(external_id="B")).balance == -20
        assert unsound_accounts() == {}


def test_whoever_was_stamped_at_the_till_stays(desk: Desk) -> None:
    with desk.shop.scope():
        offer_cards(StampCard(name="Treuepass", per=Per.VISIT, reward="Ein Kaffee"))
    source = desk.bring("purchases", *LOG)
    with desk.shop.scope():
        ben = Customer.objects.get(external_id="B")
        add_stamps(customer=ben, card="card-1", count=1, actor=SYSTEM, now=NOW)
        assert plan_of(source).points == 399
    desk.undo(source)
    with desk.shop.scope():
        assert list(Customer.objects.filter(status="active").values_list("external_id", flat=True)) == ["B"]
        assert unsound_accounts() == {}


def test_whoever_has_something_else_stays(desk: Desk, other_shop: Shop) -> None:
    names = ["bought", "noted", "agreed", "redeemed", "balance", "voided", "nothing"]
    source = desk.bring("customers", "Kundennummer;Tags", *[f"{name};Stammgast" for name in names])
    with desk.shop.scope():
        people = {name: Customer.objects.get(external_id=name) for name in names}
        make_purchase(customer=people["bought"])
        Note.objects.create(customer=people["noted"], text="likes oat milk", author="member:1", created_at=NOW)
        Consent.objects.create(customer=people["agreed"], channel="email", requested_at=NOW)
        bought = make_purchase(customer=people["redeemed"])
        spend(people["redeemed"], 10)
        void_purchase(purchase=bought.purchase, actor=SYSTEM, now=NOW)
        void_purchase(purchase=make_purchase(customer=people["voided"]).purchase, actor=SYSTEM, now=NOW)
    desk.bring("balances", "customer;points", "balance;10")
    assert desk.undo(source).undone["customers"] == 1
    with desk.shop.scope():
        assert Customer.objects.get(status="erased").pk == people["nothing"].pk
        assert Card.objects.filter(revoked_at=None).count() == 6


def test_points_and_purchases_that_a_merge_has_moved_are_taken_back_where_they_lie(desk: Desk) -> None:
    header = "customer;points"
    source = desk.bring("purchases", *LOG)
    with desk.shop.scope():
        ada, ben = (Customer.objects.get(external_id=name) for name in "AB")
        stays = make_customer(name="Stays")
    balances = desk.bring("balances", header, "A;100", "B;50")
    with desk.shop.scope():
        for gone in (ada, ben):
            merge(customer=gone, into=stays, actor=SYSTEM, now=NOW)
        spend(stays, 500)
        plan, other = plan_of(source), plan_of(balances)
    assert (plan.purchases, plan.points, plan.debtors, plan.debt, plan.customers) == (3, 399, 1, 350, 0)
    assert (other.balances, other.points, other.debtors) == (2, 150, 1)
    assert desk.undo(source).undone["points"] == 399
    assert desk.undo(balances).undone["points"] == 150
    with desk.shop.scope():
        assert account_of(stays).balance == -500
        assert Account.objects.get(customer=stays).qualifying_visits == 0
        assert set(Account.objects.exclude(customer=stays).values_list("balance", flat=True)) == {0}
        assert unsound_accounts() == {}
    assert counts(desk.bring("purchases", *LOG))[1] == 3


def test_someone_erased_in_the_meantime_is_no_hindrance(desk: Desk) -> None:
    source = desk.bring("purchases", *LOG)
    with desk.shop.scope():
        erase(customer=Customer.objects.get(external_id="A"), actor=SYSTEM, now=NOW)
    assert desk.undo(source).undone == {"purchases": 3, "balances": 0, "points": 399, "products": 0, "customers": 1}


def test_opening_balances_are_reversed_and_can_come_again(desk: Desk) -> None:
    with desk.shop.scope():
        ada, ben = make_customer(email="ada@example.org"), make_customer(email="ben@example.org")
    lines = ("email;points;expires_on", "ada@example.org;100;", "ada@example.org;50;31.12.2026", "ben@example.org;10;")
    source = desk.bring("balances", *lines)
    with desk.shop.scope():
        spend(ada, 120)
        plan = plan_of(source)
        assert (plan.balances, plan.points, plan.debtors, plan.debt) == (3, 160, 1, 120)
    assert desk.undo(source).undone == {"purchases": 0, "balances": 3, "points": 160, "products": 0, "customers": 0}
    with desk.shop.scope():
        assert [account_of(person).balance for person in (ada, ben)] == [-120, 0]
        assert not OpeningBalance.objects.exists()
        assert unsound_accounts() == {}
    assert counts(desk.bring("balances", *lines)) == (3, 3, 0, 0)
    with desk.shop.scope():
        assert [account_of(person).balance for person in (ada, ben)] == [30, 10]
        assert unsound_accounts() == {}


def test_products_go_unless_they_stand_on_a_receipt(desk: Desk) -> None:
    source = desk.bring("products", "sku;name", "1;Cappuccino", "2;Tee")
    with desk.shop.scope():
        purchase = make_purchase(customer=None).purchase
        PurchaseLine.objects.create(purchase=purchase, index=0, sku="1", name="Cappuccino", quantity=1, total=350)
        plan = plan_of(source)
        assert (plan.products, plan.products_staying) == (1, 1)
    assert desk.undo(source).undone["products"] == 1
    assert desk.sees(lambda: list(Product.objects.values_list("sku", flat=True))) == ["1"]


def test_undoing_is_done_once_and_only_after_an_import(desk: Desk) -> None:
    source = desk.check(desk.upload("purchases", *LOG))
    with pytest.raises(NotPossibleNow):
        desk.undo(source)
    source = desk.take_over(source)
    desk.undo(source)
    with pytest.raises(NotPossibleNow):
        desk.undo(source)
    assert desk.sees(lambda: Entry.objects.filter(kind="void").count()) == 3


def test_a_purchase_voided_by_hand_before_stays_voided_once(desk: Desk) -> None:
    source = desk.bring("purchases", *LOG)
    with desk.shop.scope():
        void_purchase(purchase=Purchase.objects.get(total=2490), actor=SYSTEM, now=NOW)
    assert desk.undo(source).undone["purchases"] == 2
    with desk.shop.scope():
        assert Entry.objects.filter(kind="void").count() == 3
        assert unsound_accounts() == {}


def test_many_purchases_are_voided_in_portions(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imports.undoing.CUSTOMERS_AT_ONCE", 3)
    monkeypatch.setattr("imports.undoing.PURCHASES_AT_ONCE", 7)
    monkeypatch.setattr("imports.undoing.PEOPLE_AT_ONCE", 2)
    rows = [f"{'A' if number % 3 else f'C{number}'};{1 + number % 28}.01.2026;1,00" for number in range(60)]
    source = desk.undo(desk.bring("purchases", HEADER, *rows))
    assert (source.undone["purchases"], source.undone["customers"]) == (60, 21)
    assert desk.sees(unsound_accounts) == {}


# --- The same as one by one -----------------------------------------------------------------------------------------

people = st.sampled_from(["A", "B"])
cases = st.fixed_dictionaries(
    {
        "rows": st.lists(st.tuples(people, st.integers(1, 800), st.sampled_from([0, 1, 2490, 70_000])), max_size=8),
        "own": st.lists(st.tuples(people, st.integers(1, 400), st.sampled_from([999, 5000])), max_size=3),
        "spent": st.dictionaries(people, st.integers(1, 9000), max_size=2),
        "voided": st.integers(0, 3),
        "pending_days": st.sampled_from([0, 14, 400]),
        "expiry_months": st.sampled_from([None, 1, 12]),
        "later": st.sampled_from([0, 30, 500]),
    }
)


@pytest.fixture
def fresh_shop(db: None) -> Shop:
    return make_shop("morgenrot")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases)
def test_undoing_is_the_same_as_voiding_one_by_one(fresh_shop: Shop, case: dict[str, Any]) -> None:
    outcomes = []
    for together in (True, False):
        with transaction.atomic():
            outcomes.append(outcome(fresh_shop, case, together=together))
            transaction.set_rollback(True)
    assert outcomes[0] == outcomes[1]


def outcome(shop: Shop, case: dict[str, Any], *, together: bool) -> list[Any]:
    desk = Desk(shop)
    with shop.scope():
        change_rules(
            starts_at=NOW - timedelta(days=1000),
            pending_days=case["pending_days"],
            expiry_months=case["expiry_months"],
        )
        own = {name: enrol(external_id=name, source="test", actor=SYSTEM, now=NOW) for name in "AB"}
        for name, days, total in case["own"]:
            moment = NOW - timedelta(days=days)
            record_purchase(customer=own[name], total=total, currency="EUR", purchased_at=moment, actor=SYSTEM, now=NOW)
    rows = [f"{name};{NOW.date() - timedelta(days=days)};{total / 100:.2f}" for name, days, total in case["rows"]]
    source = desk.bring("purchases", HEADER, *rows)
    later = NOW + timedelta(days=case["later"])
    with shop.scope():
        for name, points in case["spent"].items():
            with open_book(account_of(own[name]).pk, now=NOW) as book:
                if book.account.balance > 0:
                    book.spend(min(points, book.account.balance), Voucher(actor=SYSTEM, occurred_at=NOW))
        imported = list(Purchase.objects.filter(import_id=source.pk).order_by("customer_id", "id"))
        for purchase in imported[: case["voided"]]:
            void_purchase(purchase=purchase, actor=SYSTEM, now=NOW)
        planned = plan_of(source)
    if together:
        with shop.scope():
            undo_import(source=source, actor=SYSTEM)
        work_on(tenant=shop.tenant, import_id=source.pk, now=later)
        undone = desk.now(source).undone
        assert undone["purchases"] == planned.purchases
        if not case["later"]:
            assert undone["points"] == planned.points
    else:
        with shop.scope():
            for purchase in imported[case["voided"] :]:
                void_purchase(purchase=purchase, actor=SYSTEM, now=later)
    with shop.scope():
        for account in Account.objects.all():
            with open_book(account.pk, now=later):
                pass
        assert unsound_accounts() == {}
        owed = sum(-balance for balance in Account.objects.filter(balance__lt=0).values_list("balance", flat=True))
        if together and not case["later"] and not case["voided"]:
            assert owed == planned.debt
        return [
            list(
                Account.objects.order_by("customer__external_id").values_list(
                    *("balance", "pending", "lifetime_earned", "qualifying_points", "qualifying_spend"),
                    *("qualifying_visits", "tier_id"),
                )
            ),
            sorted(Lot.objects.values_list("points", "remaining", "is_pending", "available_at")),
            sorted(Entry.objects.filter(kind="void").values_list("points", flat=True)),
        ]
