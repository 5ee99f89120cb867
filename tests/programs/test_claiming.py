"""A forgotten card: a sale without a customer is credited once, by the rules of its day, to whoever has the receipt."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from customers.models import Customer
from events.models import Event
from ledger.errors import AccountClosed
from ledger.models import Entry
from ledger.queries import account_of, unsound_accounts
from programs.claiming import claim_purchase
from programs.errors import AlreadyClaimed, AlreadyReturned, ReceiptTooOld, UnknownReceipt
from programs.models import Purchase, RuleUse, Tier
from programs.publishing import draft_in_force, publish_program
from programs.returns import return_goods
from programs.rules import Conditions, Kind, Limits, Rule
from programs.services import LineItem, record_purchase, void_purchase
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_purchase, make_store
from tests.tenants.threads import in_threads

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)


def sell(shop: Shop, total: int = 2_490, number: str = "R1", **others: Any) -> Purchase:
    return make_purchase(customer=None, total=total, store=shop.store, receipt_number=number, **others).purchase


def claim(customer: Customer, total: int = 2_490, number: str = "R1", **others: Any) -> Any:
    return claim_purchase(customer=customer, receipt_number=number, total=total, actor=SYSTEM, now=LATER, **others)


def test_a_receipt_is_credited_once(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        sell(other_shop)
        theirs = make_customer()
    with shop.scope():
        sold = sell(shop)
        jana, ben = make_customer(), make_customer(name="Ben")
        award = claim(jana, number=" R1 ")
        assert (award.earning.points, award.purchase.pk) == (249, sold.pk)
        found = account_of(jana)
        assert (found.balance, found.qualifying_points, found.lifetime_spend, found.lifetime_visits) == (
            249,
            249,
            2_490,
            1,
        )
        entry = Entry.objects.get(account=found)
        assert (entry.purchase_id, entry.occurred_at, entry.created_at) == (sold.pk, NOW, LATER)
        for customer in (jana, ben):
            with pytest.raises(AlreadyClaimed):
                claim(customer)
        assert Event.objects.get(name="purchase.claimed").payload["customer"] == jana.pk
        assert void_purchase(purchase=sold, actor=SYSTEM, now=LATER).points == 249
        assert unsound_accounts() == {}
    with other_shop.scope():
        assert account_of(theirs).balance == 0


def test_a_receipt_that_nobody_knows_gets_a_clear_answer(shop: Shop) -> None:
    with shop.scope():
        sold = sell(shop)
        jana = make_customer()
        day = sold.purchased_at.date()
        for asked in (
            {"number": "R2"},
            {"total": 2_491},
            {"store": make_store(code="hafen")},
            {"purchased_on": day + timedelta(days=1)},
            {"purchased_on": day.replace(year=1)},
            {"purchased_on": day.replace(year=9999, month=12, day=31)},
        ):
            with pytest.raises(UnknownReceipt) as refusal:
                claim(jana, **asked)
            assert refusal.value.field == "receipt_number"
        with pytest.raises(Invalid):
            claim(jana, number=" ")
        with pytest.raises(ReceiptTooOld):
            claim(jana, at_most_days=2)
        assert claim(jana, store=shop.store, purchased_on=day, at_most_days=3).earning.points == 249


def test_neither_voided_nor_returned_sales_are_credited(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        void_purchase(purchase=sell(shop), actor=SYSTEM, now=NOW)
        with pytest.raises(UnknownReceipt):
            claim(jana)
        return_goods(purchase=sell(shop), total=2_490, actor=SYSTEM, now=NOW)
        with pytest.raises(AlreadyReturned):
            claim(jana)
        part = sell(shop, number="R3")
        return_goods(purchase=part, total=500, actor=SYSTEM, now=NOW)
        assert claim(jana, number="R3").earning.points == 199
        assert return_goods(purchase=part, total=1_000, actor=SYSTEM, now=LATER).points == 100
        found = account_of(jana)
        assert (found.balance, found.lifetime_spend) == (99, 990)
        assert unsound_accounts() == {}


def test_it_is_valued_by_the_rules_of_its_day_with_its_lines(shop: Shop) -> None:
    with shop.scope():
        double = Rule(
            code="double",
            kind=Kind.MULTIPLIER,
            factor_percent=200,
            conditions=Conditions(min_total=1_000),
            limits=Limits(per_customer=200),
        )
        publish_program(replace(draft_in_force(now=NOW), rules=(double,)), actor=SYSTEM, now=NOW)
        lines = [LineItem(total=2_490, quantity=Decimal(2), name="Bohnen")]
        sold = record_purchase(
            customer=None,
            total=2_490,
            currency="EUR",
            actor=SYSTEM,
            now=NOW,
            store=shop.store,
            receipt_number="R1",
            lines=lines,
        ).purchase
        publish_program(
            replace(draft_in_force(now=LATER), rules=(), points_per_unit=1), actor=SYSTEM, now=NOW + timedelta(days=1)
        )
        jana = make_customer()
        assert claim(jana).earning.points == 249 + 200
        assert RuleUse.objects.get(account__isnull=False).points == 200
        assert return_goods(purchase=sold, lines=[(0, Decimal(1))], actor=SYSTEM, now=LATER).points == 200
        assert RuleUse.objects.get(account__isnull=False).points == 125


def test_the_tier_is_the_one_that_was_held_then(shop: Shop) -> None:
    with shop.scope():
        sell(shop)
        jana = make_customer()
        gold = Tier.objects.get(code="gold")
        make_purchase(customer=jana, total=60_000, now=NOW + timedelta(days=1))
        assert account_of(jana).tier_id == gold.pk
        assert claim(jana).earning.points == 249
        sell(shop, number="R2", now=NOW + timedelta(days=2))
        assert claim(jana, number="R2").earning.points == 311


def test_who_is_gone_gets_nothing(shop: Shop) -> None:
    with shop.scope():
        sell(shop)
        jana = make_customer()
        account = account_of(jana)
        account.closed_at = NOW
        account.save()
        with pytest.raises(AccountClosed):
            claim(jana)
        assert Purchase.objects.get().customer_id is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_one_receipt_at_once_one_gets_it(shop: Shop) -> None:
    for number in map(str, range(5)):
        with shop.scope():
            sell(shop, number=number)
            pair = make_customer(), make_customer(name="Ben")

        def act(who: int, number: str = number, pair: tuple[Customer, Customer] = pair) -> int:
            with shop.scope():
                return claim(pair[who], number=number).earning.points

        results = in_threads(2, act)
        assert sorted(type(result).__name__ for result in results) == ["AlreadyClaimed", "int"]
        with shop.scope():
            assert sorted(account_of(person).balance for person in pair) == [0, 249]


@pytest.mark.django_db(transaction=True)
def test_a_claim_beside_a_void_leaves_nothing_or_takes_it_back(shop: Shop) -> None:
    for number in map(str, range(5)):
        with shop.scope():
            sold = sell(shop, number=number)
            jana = make_customer()

        def act(who: int, number: str = number, sold: Purchase = sold, jana: Customer = jana) -> object:
            with shop.scope():
                if who:
                    return void_purchase(purchase=sold, actor=SYSTEM, now=LATER).points
                return claim(jana, number=number).earning.points

        claimed, voided = in_threads(2, act)
        assert (claimed, voided) == (249, 249) or (isinstance(claimed, UnknownReceipt) and voided == 0)
        with shop.scope():
            assert account_of(jana).balance == 0
            assert unsound_accounts() == {}
