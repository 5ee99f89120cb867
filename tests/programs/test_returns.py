"""Goods that come back: valued by the rules of their day, in parts, never for more than they were worth."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.merging import merge
from customers.models import Customer
from customers.services import erase
from events.models import Event
from ledger.book import Voucher, open_book_of
from ledger.models import Account, Entry, Lot
from ledger.queries import account_of, unsound_accounts
from programs.errors import AlreadyReturned, AlreadyVoided, MoreThanIsLeft
from programs.models import EarningRule, Purchase, PurchaseReturn, RuleUse
from programs.personal_data import _returns
from programs.publishing import draft_in_force, publish_program
from programs.queries import day_at_the_till
from programs.returns import Returned, preview_return, return_goods
from programs.rules import Conditions, Goods, Kind, Limits, Rule
from programs.services import Award, LineItem, record_purchase, void_purchase
from programs.statement import explained, statement
from programs.terms import terms_of
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, change_rules, make_customer, make_purchase
from tests.tenants.threads import in_threads

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)
DOUBLE_FROM_20 = Rule(code="big", kind=Kind.MULTIPLIER, factor_percent=200, conditions=Conditions(min_total=2_000))
CUPS = Rule(code="cups", kind=Kind.PER_ITEM, points=5, conditions=Conditions(goods=Goods(categories=("Kaffee",))))


def publish(*rules: Rule, **others: Any) -> None:
    publish_program(replace(draft_in_force(now=NOW), rules=rules, **others), actor=SYSTEM, now=NOW)


def give_back(
    purchase: Purchase, total: int | None = None, *, lines: Any = (), reason: str = "", now: datetime = LATER
) -> Returned:
    return return_goods(purchase=purchase, total=total, lines=lines, reason=reason, actor=SYSTEM, now=now)


def buy(customer: Customer, total: int, lines: Sequence[LineItem] = ()) -> Award:
    return record_purchase(customer=customer, total=total, currency="EUR", actor=SYSTEM, now=NOW, lines=lines)


def spend(customer: Customer, points: int) -> None:
    with open_book_of(customer.pk, now=LATER) as book:
        book.spend(points, Voucher(actor=SYSTEM, occurred_at=LATER))


def account(customer: Customer) -> Account:
    return account_of(customer)


# --- By amount ------------------------------------------------------------------------------------------------------


def test_a_part_is_taken_back_by_what_is_left(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        theirs = make_customer()
        make_purchase(customer=theirs)
    with shop.scope():
        jana = make_customer()
        bought = buy(jana, 2_490).purchase
        returned = give_back(bought, 500)
        assert (returned.points, returned.record.points, returned.remains.total) == (50, 50, 1_990)
        found = account(jana)
        assert (found.balance, found.qualifying_points, found.qualifying_spend, found.lifetime_spend) == (
            199,
            199,
            1_990,
            1_990,
        )
        assert (found.qualifying_visits, found.lifetime_visits) == (1, 1)
        assert give_back(bought, 1_990).points == 199
        found = account(jana)
        assert (found.balance, found.qualifying_points, found.lifetime_spend, found.lifetime_earned) == (0, 0, 0, 0)
        assert (found.qualifying_visits, found.lifetime_visits) == (0, 0)
        with pytest.raises(AlreadyReturned):
            give_back(bought, 1)
        assert unsound_accounts() == {}
    with other_shop.scope():
        assert account(theirs).balance == 249
        assert PurchaseReturn.objects.count() == 0


def test_cents_that_were_rounded_away_are_not_taken(shop: Shop) -> None:
    """REAL_BUGS 15: 0.99 at ten points a euro is nine points; whatever the parts, they add up to the whole."""
    with shop.scope():
        jana = make_customer()
        bought = buy(jana, 2_499).purchase
        assert bought.points == 249
        assert [give_back(bought, 833).points for _ in range(3)] == [83, 83, 83]
        assert account(jana).balance == 0


def test_what_no_purchase_holds_is_refused(shop: Shop) -> None:
    with shop.scope():
        bought = buy(make_customer(), 1_000).purchase
        with pytest.raises(MoreThanIsLeft) as refusal:
            give_back(bought, 1_001)
        assert refusal.value.field == "total"
        for total, lines in ((0, ()), (-1, ()), (None, ()), (1, [(0, Decimal(1))]), (None, [(0, Decimal(1))])):
            with pytest.raises(Invalid):
                give_back(bought, total, lines=lines)
        assert Entry.objects.filter(kind=Entry.Kind.RETURN).count() == 0
        with pytest.raises(IntegrityError), transaction.atomic():
            Purchase.objects.update(returned_total=1_001)


def test_a_buy_and_return_loop_gains_nothing(shop: Shop) -> None:
    """REAL_BUGS 3."""
    with shop.scope():
        jana = make_customer()
        for _ in range(5):
            give_back(buy(jana, 49_900).purchase, 49_900)
            give_back(buy(jana, 49_900).purchase, 10_000)
            void_purchase(purchase=Purchase.objects.latest("pk"), actor=SYSTEM, now=LATER)
        found = account(jana)
        assert (found.balance, found.pending, found.qualifying_points, found.lifetime_spend) == (0, 0, 0, 0)
        assert found.lifetime_visits == 0
        assert unsound_accounts() == {}


def test_points_that_are_spent_become_a_deficit_that_the_next_purchase_fills(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        bought = buy(jana, 10_000).purchase
        spend(jana, 1_000)
        returned = give_back(bought, 500)
        assert (returned.points, account(jana).balance) == (50, -50)
        make_purchase(customer=jana, total=1_000, now=LATER)
        assert account(jana).balance == 50
        assert unsound_accounts() == {}


def test_pending_points_of_the_purchase_go_first_and_those_of_others_stay(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        buy(jana, 1_000)
        change_rules(pending_days=14)
        bought = buy(jana, 2_000).purchase
        other = buy(jana, 3_000).purchase
        assert give_back(bought, 500).points == 50
        assert (account(jana).balance, account(jana).pending) == (100, 450)
        give_back(bought, 1_500)
        assert (account(jana).balance, account(jana).pending) == (100, 300)
        give_back(other, 3_000)
        assert (account(jana).balance, account(jana).pending) == (100, 0)


def test_what_has_expired_is_taken_once_for_all_parts(shop: Shop) -> None:
    with shop.scope():
        change_rules(expiry_months=1)
        jana = make_customer()
        bought = buy(jana, 1_000).purchase
        spend(jana, 60)
        next_year = NOW + timedelta(days=365)
        first = give_back(bought, 500, now=next_year)
        assert (first.points, account(jana).balance) == (10, -10)
        assert sum(line["points"] for line in first.explanation) == -10
        assert give_back(bought, 500, now=next_year).points == 50
        assert account(jana).balance == -60
        assert unsound_accounts() == {}


def test_the_tier_follows_at_once(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        bought = buy(jana, 50_000).purchase
        returned = give_back(bought, 100)
        assert returned.tier_changed
        assert returned.tier is not None
        assert returned.tier.code == "silver"
        assert Event.objects.filter(name="tier.changed").count() == 2


# --- By the rules of the purchase's day -----------------------------------------------------------------------------


def test_a_return_is_valued_by_the_rules_of_its_day(shop: Shop) -> None:
    """REAL_BUGS 22: the rule has been switched off since, and the tier is another one."""
    with shop.scope():
        publish(DOUBLE_FROM_20)
        jana = make_customer()
        bought = buy(jana, 4_000).purchase
        assert bought.points == 800
        publish_program(
            replace(draft_in_force(now=LATER), rules=(), points_per_unit=1), actor=SYSTEM, now=NOW + timedelta(days=1)
        )
        make_purchase(customer=jana, total=900_000, now=NOW + timedelta(days=2))
        assert give_back(bought, 1_000).points == 200
        assert give_back(bought, 1_001).points == 401


def test_a_rule_s_minimum_is_tested_on_what_remains(shop: Shop) -> None:
    """REAL_BUGS 18."""
    with shop.scope():
        publish(DOUBLE_FROM_20)
        jana = make_customer()
        bought = buy(jana, 2_000).purchase
        assert bought.points == 400
        assert give_back(bought, 1).points == 201
        assert account(jana).balance == 199


def test_a_return_that_would_raise_the_points_credits_nothing(shop: Shop) -> None:
    """A rule that halves the points from 20 euros on falls away with the first cent."""
    with shop.scope():
        publish(DOUBLE_FROM_20)
        EarningRule.objects.filter(code="big").update(factor_percent=50)
        change_rules(stacking="multiply")
        jana = make_customer()
        bought = buy(jana, 2_000).purchase
        assert bought.points == 100
        assert give_back(bought, 100).points == 0
        assert account(jana).balance == 100
        assert give_back(bought, 1_000).points == 10
        assert void_purchase(purchase=bought, actor=SYSTEM, now=LATER).points == 90


def test_a_purchase_from_before_facts_were_kept_is_shared_by_amount(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        buy(jana, 100_000)
        bought = buy(jana, 2_000).purchase
        assert bought.points == 250
        Purchase.objects.filter(pk=bought.pk).update(facts={})
        assert give_back(bought, 1_000).points == 125


def test_a_limited_rule_may_give_again_what_came_back(shop: Shop) -> None:
    with shop.scope():
        publish(replace(DOUBLE_FROM_20, conditions=Conditions(), limits=Limits(per_customer=150, budget=400)))
        jana = make_customer()
        bought = buy(jana, 1_000).purchase
        assert bought.points == 200
        give_back(bought, 400)
        assert sorted(RuleUse.objects.values_list("points", flat=True)) == [60, 60]
        assert buy(jana, 2_000).earning.points == 200 + 90
        void_purchase(purchase=bought, actor=SYSTEM, now=LATER)
        assert sorted(RuleUse.objects.values_list("points", flat=True)) == [90, 90]
        assert unsound_accounts() == {}


# --- By lines -------------------------------------------------------------------------------------------------------


def receipt() -> list[LineItem]:
    return [
        LineItem(total=1_000, quantity=Decimal(4), name="Cappuccino", category="Kaffee"),
        LineItem(total=1_500, quantity=Decimal("0.750"), name="Bohnen"),
    ]


def test_lines_come_back_in_parts_with_what_was_paid_for_them(shop: Shop) -> None:
    with shop.scope():
        publish(CUPS)
        jana = make_customer()
        bought = buy(jana, 2_500, receipt()).purchase
        assert bought.points == 250 + 20
        cup = give_back(bought, lines=[(0, Decimal(1))])
        assert (cup.record.total, cup.points) == (250, 25 + 5)
        both = give_back(bought, lines=[(0, Decimal(1)), (1, Decimal("0.250"))])
        assert (both.record.total, both.points) == (750, 75 + 5)
        with pytest.raises(MoreThanIsLeft) as refusal:
            give_back(bought, lines=[(0, Decimal(3))])
        assert refusal.value.field == "lines.0.quantity"
        rest = give_back(bought, lines=[(0, Decimal(2)), (1, Decimal("0.500"))])
        assert rest.remains.is_nothing
        assert account(jana).balance == 0
        with pytest.raises(AlreadyReturned):
            give_back(bought, lines=[(0, Decimal(1))])


def test_a_discount_on_the_receipt_is_spread_over_its_lines(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        bought = buy(jana, 2_000, receipt()).purchase
        assert [give_back(bought, lines=[(0, Decimal(1))]).record.total for _ in range(4)] == [200, 200, 200, 200]
        assert give_back(bought, lines=[(1, Decimal("0.750"))]).record.total == 1_200
        assert Purchase.objects.get(pk=bought.pk).is_returned


def test_an_amount_lowers_the_total_and_leaves_the_lines(shop: Shop) -> None:
    with shop.scope():
        publish(CUPS)
        jana = make_customer()
        bought = buy(jana, 2_500, receipt()).purchase
        assert give_back(bought, 500).points == 50
        cups = give_back(bought, lines=[(0, Decimal(4))])
        assert (cups.record.total, cups.points) == (1_000, 100 + 20)
        beans = give_back(bought, lines=[(1, Decimal("0.750"))])
        assert (beans.record.total, account(jana).balance) == (1_000, 0)


def test_each_line_is_named_once_and_exists(shop: Shop) -> None:
    with shop.scope():
        bought = buy(make_customer(), 2_500, receipt()).purchase
        for lines, field in (
            ([(2, Decimal(1))], "lines.0.index"),
            ([(0, Decimal(1)), (0, Decimal(1))], "lines.1.index"),
            ([(0, Decimal(0))], "lines.0.quantity"),
            ([(0, Decimal(-1))], "lines.0.quantity"),
        ):
            with pytest.raises(Invalid) as refusal:
                give_back(bought, lines=lines)
            assert refusal.value.field == field


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_however_it_comes_back_the_whole_is_worth_nothing(shop: Shop, data: st.DataObject) -> None:
    with shop.scope(), transaction.atomic():
        jana = make_customer()
        amounts = data.draw(st.lists(st.integers(1, 5_000), min_size=1, max_size=4))
        discount = data.draw(st.integers(0, sum(amounts) - 1))
        lines = [LineItem(total=amount, quantity=Decimal(data.draw(st.integers(1, 3)))) for amount in amounts]
        bought = buy(jana, sum(amounts) - discount, lines).purchase
        left = [int(line.quantity) for line in lines]
        while any(left):
            index = data.draw(st.sampled_from([index for index, many in enumerate(left) if many]))
            many = data.draw(st.integers(1, left[index]))
            left[index] -= many
            give_back(bought, lines=[(index, Decimal(many))])
            assert account(jana).balance >= 0
        found = account(jana)
        assert (found.balance, found.lifetime_spend, found.qualifying_points) == (0, 0, 0)
        assert PurchaseReturn.objects.filter(purchase=bought).count() >= 1
        transaction.set_rollback(True)


# --- With voids, merges, and who is gone ----------------------------------------------------------------------------


def test_a_void_after_a_return_takes_only_the_rest(shop: Shop) -> None:
    """REAL_BUGS 5 and 7."""
    with shop.scope():
        jana = make_customer()
        bought = buy(jana, 2_490).purchase
        give_back(bought, 500)
        assert void_purchase(purchase=bought, actor=SYSTEM, now=LATER).points == 199
        found = account(jana)
        assert (found.balance, found.qualifying_points, found.lifetime_spend, found.lifetime_visits) == (0, 0, 0, 0)
        last = Entry.objects.filter(account=found).latest("seq")
        assert last.balance_after == sum(Entry.objects.filter(account=found).values_list("points", flat=True)) == 0
        with pytest.raises(AlreadyVoided):
            give_back(bought, 100)


def test_a_void_after_everything_came_back_takes_nothing(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        bought = buy(jana, 2_490).purchase
        give_back(bought, 2_490)
        assert void_purchase(purchase=bought, actor=SYSTEM, now=LATER).points == 0
        assert (account(jana).balance, account(jana).lifetime_visits) == (0, 0)


def test_a_return_of_a_sale_paid_with_points_does_not_charge_them_again(shop: Shop) -> None:
    """REAL_BUGS 4: a purchase of nothing earned nothing, and the points that paid it are another matter."""
    with shop.scope():
        jana = make_customer()
        buy(jana, 1_000)
        paid_with_points = buy(jana, 0).purchase
        spend(jana, 100)
        with pytest.raises(AlreadyReturned):
            give_back(paid_with_points, 1)
        assert account(jana).balance == 0


def test_a_purchase_that_a_merge_has_moved_comes_back_from_who_remains(shop: Shop) -> None:
    with shop.scope():
        jana, ben = make_customer(), make_customer(name="Ben", email="ben@example.org")
        bought = buy(jana, 2_000).purchase
        give_back(bought, 500)
        buy(ben, 1_000)
        merge(customer=jana, into=ben, actor=SYSTEM, now=LATER)
        returned = give_back(bought, 500)
        assert (returned.points, account(ben).balance) == (50, 200)
        assert void_purchase(purchase=bought, actor=SYSTEM, now=LATER).points == 100
        found = account(ben)
        assert (found.balance, found.qualifying_points, found.lifetime_spend, found.lifetime_visits) == (
            100,
            100,
            1_000,
            1,
        )
        assert unsound_accounts() == {}


def test_goods_of_a_customer_who_was_erased_come_back_all_the_same(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        bought = buy(jana, 2_000).purchase
        erase(customer=jana, actor=SYSTEM, now=LATER)
        assert give_back(bought, 2_000).points == 200
        assert unsound_accounts() == {}


def test_an_anonymous_sale_comes_back_without_points(shop: Shop) -> None:
    with shop.scope():
        bought = make_purchase(customer=None, total=1_000).purchase
        assert give_back(bought, 400).points == 0
        with pytest.raises(MoreThanIsLeft):
            give_back(bought, 601)
        void_purchase(purchase=bought, actor=SYSTEM, now=LATER)
        with pytest.raises(AlreadyVoided):
            give_back(bought, 1)


# --- Said and shown -------------------------------------------------------------------------------------------------


def test_a_return_is_announced_and_told_in_words(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        bought = buy(jana, 2_490).purchase
        returned = give_back(bought, 500, reason="faulty")
        payload = Event.objects.get(name="purchase.returned").payload
        assert payload == {
            "purchase": bought.pk,
            "customer": jana.pk,
            "points": 50,
            "total": 500,
            "reason": "faulty",
        }
        lines = statement(account(jana), list(Entry.objects.filter(account=account(jana)).order_by("-seq")))
        assert "5,00" in lines[0].title
        assert "24,90" in lines[0].reason
        assert "5,00" in lines[1].returned
        assert not lines[1].is_voided
        told = explained(returned.explanation, terms_of(bought.program_version_id))
        assert [(line.points, line.rule) for line in told] == [(-50, "return")]
        assert "199" in told[0].text
        assert "249" in told[0].text
        assert [row["points"] for row in _returns(jana)] == [50]
        with pytest.raises(Invalid):
            give_back(bought, 500, reason="Jana was angry")


def test_a_preview_says_the_same_and_leaves_nothing(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        bought = buy(jana, 2_490).purchase
        events = Event.objects.count()
        shown = preview_return(purchase=bought, total=500, actor=SYSTEM, now=LATER)
        assert (Entry.objects.count(), Event.objects.count(), PurchaseReturn.objects.count()) == (1, events, 0)
        assert (account(jana).balance, Lot.objects.get().remaining) == (249, 249)
        booked = give_back(bought, 500)
        assert (shown.points, shown.explanation, shown.remains) == (booked.points, booked.explanation, booked.remains)


def test_the_day_counts_what_was_kept(shop: Shop) -> None:
    with shop.scope():
        bought = buy(make_customer(), 2_490).purchase
        give_back(bought, 500)
        day = day_at_the_till(since=NOW, until=LATER)
        assert (day.purchases, day.total, day.points) == (1, 1_990, 199)


# --- At once --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_many_returns_at_once_no_more_comes_back_than_was_bought(shop: Shop) -> None:
    for customer in (True, False):
        with shop.scope():
            bought = make_purchase(customer=make_customer() if customer else None, total=1_000).purchase

        def act(_: int, bought: Purchase = bought) -> int:
            with shop.scope():
                return give_back(bought, 300).points

        results = in_threads(5, act)
        assert sorted(type(result).__name__ for result in results) == ["MoreThanIsLeft"] * 2 + ["int"] * 3
        with shop.scope():
            assert Purchase.objects.get(pk=bought.pk).returned_total == 900
            assert unsound_accounts() == {}


@pytest.mark.django_db(transaction=True)
def test_a_return_and_a_void_at_once_take_everything_once(shop: Shop) -> None:
    for _ in range(5):
        with shop.scope():
            jana = make_customer()
            bought = buy(jana, 1_000).purchase

        def act(number: int, bought: Purchase = bought) -> int:
            with shop.scope():
                if number:
                    return void_purchase(purchase=bought, actor=SYSTEM, now=LATER).points
                return give_back(bought, 300).points

        returned, voided = in_threads(2, act)
        assert (returned, voided) == (30, 70) or (isinstance(returned, AlreadyVoided) and voided == 100)
        with shop.scope():
            assert account(jana).balance == 0
            assert unsound_accounts() == {}


@pytest.mark.django_db(transaction=True)
def test_a_return_beside_a_merge_finds_who_remains(shop: Shop) -> None:
    for _ in range(5):
        with shop.scope():
            jana, ben = make_customer(), make_customer(name="Ben")
            bought = buy(jana, 1_000).purchase

        def act(number: int, bought: Purchase = bought, pair: tuple[Customer, Customer] = (jana, ben)) -> object:
            with shop.scope():
                if number:
                    return merge(customer=pair[0], into=pair[1], actor=SYSTEM, now=LATER)
                return give_back(bought, 300)

        results = in_threads(2, act)
        assert not any(isinstance(result, Exception) for result in results), results
        with shop.scope():
            assert account(ben).balance == 70
            assert account(ben).lifetime_spend == 700
            assert unsound_accounts() == {}
