"""What went wrong in other loyalty systems, by the numbers of the list of real bugs; here it does not.

Those of rewards and referrals (6, 14, 20, 24) stand with them; what the ledger has to do with 4 and 5 stands here.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from customers.merging import merge
from customers.models import Card, Customer
from ledger import queries as ledger
from ledger.book import Voucher, open_book_of
from ledger.errors import InsufficientPoints
from ledger.models import Account, Entry, Lot
from ledger.queries import unsound_accounts
from programs.adjusting import adjust_points
from programs.balances import Balance, book_opening_balances
from programs.errors import AlreadyReturned
from programs.models import Purchase
from programs.publishing import draft_in_force, publish_program
from programs.queries import preview, standing
from programs.returns import return_goods
from programs.rules import Conditions, Goods, Kind, Occasion, Rule
from programs.services import LineItem, record_purchase, void_purchase
from tenants.roles import SYSTEM
from tests.clients import ApiClient
from tests.factories import NOW, Shop, make_api_key, make_customer, make_purchase
from tests.tenants.threads import in_threads

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def publish(*, now: datetime = NOW, **changes: Any) -> None:
    publish_program(replace(draft_in_force(now=now), **changes), actor=SYSTEM, now=now)


def redeem(customer: Customer, points: int, *, now: datetime = NOW) -> Entry:
    with open_book_of(customer.pk, now=now) as book:
        return book.spend(points, Voucher(actor=SYSTEM, occurred_at=now))


def balance(customer: Customer, *, now: datetime = NOW) -> int:
    return standing(customer, now=now).balance


def till_of(shop: Shop) -> ApiClient:
    return ApiClient(shop.tenant, make_api_key()[1])


def sale(customer: Customer, **more: Any) -> dict[str, Any]:
    return {"customer": {"number": customer.number}, "total": "10.00", "currency": "EUR", **more}


def test_01_the_same_confirmation_delivered_twice_brings_points_once(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        jana, till = make_customer(), till_of(shop)
    answers = [till.post("purchases", sale(jana), key="order-1") for _ in range(2)]
    assert answers[0].content == answers[1].content
    with shop.scope():
        assert balance(jana) == 100
    with other_shop.scope():
        assert Purchase.objects.count() == 0


def test_02_an_offline_sale_that_is_sent_again_after_a_failure_brings_points_once(shop: Shop) -> None:
    """The first attempt was refused, the second one's answer was lost, the third one gets it."""
    with shop.scope():
        jana, till = make_customer(), till_of(shop)
    sold = sale(jana, receipt_number="R1", purchased_at="2026-03-01T10:00:00Z")
    assert till.post("purchases", sold | {"currency": "USD"}, key="R1").status_code == 422
    assert [till.post("purchases", sold, key="R1").status_code for _ in range(2)] == [201, 201]
    assert till.post("purchases", sold, key="another").json()["code"] == "receipt_already_recorded"
    with shop.scope():
        assert balance(jana) == 100


def test_03_a_full_return_takes_everything_back_and_a_loop_of_buying_and_returning_gains_nothing(shop: Shop) -> None:
    with shop.scope():
        publish(rules=[Rule(code="visit", kind=Kind.PER_VISIT, points=5)])
        jana = make_customer()
        for _ in range(5):
            bought = make_purchase(customer=jana, total=2_490).purchase
            for part in (1_000, 1_490):
                return_goods(purchase=bought, total=part, actor=SYSTEM, now=NOW)
        account = Account.objects.get()
        assert (account.balance, account.qualifying_points, account.lifetime_visits) == (0, 0, 0)


def test_04_and_05_what_was_paid_with_points_is_returned_by_what_was_paid_and_never_charged_twice(shop: Shop) -> None:
    """Points are earned on the amount after discounts, so that a reward on the receipt has no points to take back."""
    with shop.scope():
        jana = make_customer()
        make_purchase(customer=jana, total=5_000)
        redeem(jana, 500)
        lines = [LineItem(1_500, name="Bohnen"), LineItem(-500, name="Prämie 5 €")]
        bought = record_purchase(customer=jana, total=1_000, currency="EUR", lines=lines, actor=SYSTEM, now=NOW)
        assert (bought.earning.points, balance(jana)) == (100, 100)
        returned = return_goods(purchase=bought.purchase, total=1_000, actor=SYSTEM, now=NOW)
        assert (returned.points, balance(jana)) == (100, 0)
        with pytest.raises(AlreadyReturned):
            return_goods(purchase=bought.purchase, total=1, actor=SYSTEM, now=NOW)


def test_07_after_a_cancellation_and_a_return_the_last_rows_balance_is_the_sum_of_the_ledger(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        bought = make_purchase(customer=jana, total=5_000).purchase
        redeemed = redeem(jana, 300)
        return_goods(purchase=bought, total=4_000, actor=SYSTEM, now=NOW)
        with open_book_of(jana.pk, now=NOW) as book:
            book.give_back(redeemed, Voucher(actor=SYSTEM, occurred_at=NOW))
        entries = Entry.objects.order_by("seq")
        assert [entry.points for entry in entries] == [500, -300, -400, 300]
        assert [entry.balance_after for entry in entries] == [500, 200, -200, 100]
        assert balance(jana) == 100


def test_08_of_a_lot_that_was_partly_spent_only_the_rest_expires(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        book_opening_balances([Balance(jana.pk, 100, NOW.date())], actor=SYSTEM, now=NOW)
        redeem(jana, 60)
        assert balance(jana, now=NOW + DAY) == 0
        with open_book_of(jana.pk, now=NOW + DAY):
            pass
        assert Entry.objects.get(kind="expire").points == -40


def test_09_every_positive_movement_expires_on_its_own_date_whatever_its_label(shop: Shop) -> None:
    with shop.scope():
        welcome = Rule(code="welcome", kind=Kind.BONUS, occasion=Occasion.SIGN_UP, points=1)
        publish(expiry_months=12, rules=[welcome])
        jana = make_customer()
        make_purchase(customer=jana, total=100)
        adjust_points(customer=jana, points=100, reason="goodwill", actor=SYSTEM, now=NOW + 365 * DAY)
        book_opening_balances([Balance(jana.pk, 1_000, date(2031, 6, 30))], actor=SYSTEM, now=NOW)
        dates = {
            lot.points: lot.expires_at.astimezone(shop.tenant.zone).date()
            for lot in Lot.objects.all()
            if lot.expires_at
        }
        year = NOW.year + 2
        assert dates == {1: date(year, 1, 1), 10: date(year, 1, 1), 100: date(year + 1, 1, 1), 1_000: date(2031, 7, 1)}


def test_10_the_first_purchase_uses_the_lowest_tier_and_thresholds_hold_to_the_point(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        assert make_purchase(customer=jana, total=49_990).earning.points == 4_999
        assert standing(jana, now=NOW).tier.code == "silver"
        assert make_purchase(customer=jana, total=10).earning.points == 1
        assert standing(jana, now=NOW).tier.code == "gold"


def test_11_a_tier_reached_by_points_earned_survives_a_redemption(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        make_purchase(customer=jana, total=50_000)
        redeem(jana, 5_000)
        make_purchase(customer=jana, total=100)
        assert standing(jana, now=NOW).tier.code == "gold"


@pytest.mark.django_db(transaction=True)
def test_13_of_two_tills_that_redeem_the_last_hundred_points_one_hears_what_is_missing(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        make_purchase(customer=jana, total=1_000)

    def till(_number: int) -> Entry:
        with shop.scope():
            return redeem(jana, 100)

    results = in_threads(2, till)
    (refused,) = [result for result in results if isinstance(result, Exception)]
    assert isinstance(refused, InsufficientPoints)
    assert refused.facts == {"balance": 0, "points": 100}


def test_15_three_thousand_points_are_spendable_to_the_last_one_without_drift(shop: Shop) -> None:
    with shop.scope():
        publish(points_per_unit=3)
        jana = make_customer()
        for _ in range(1_010):
            record_purchase(customer=jana, total=100, currency="EUR", actor=SYSTEM, now=NOW)
        for _ in range(30):
            redeem(jana, 101)
        assert balance(jana) == 0
        assert unsound_accounts() == {}


def test_16_an_end_date_is_included_in_the_shops_zone_and_all_see_the_same(shop: Shop) -> None:
    last_minute = datetime(2026, 6, 30, 23, 59, tzinfo=shop.tenant.zone)
    with shop.scope():
        offer = Conditions(from_on=date(2026, 6, 30), until_on=date(2026, 6, 30))
        publish(rules=[Rule(code="offer", kind=Kind.BONUS, points=50, conditions=offer)])
        jana = make_customer()
        for moment, points in ((last_minute, 60), (last_minute + timedelta(minutes=1), 10)):
            at = moment.astimezone(UTC)
            shown = preview(customer=jana, total=100, currency="EUR", actor=SYSTEM, purchased_at=at, now=at)
            assert shown.earning == make_purchase(customer=jana, total=100, now=at).earning
            assert shown.earning.points == points


def test_17_merging_adds_the_balances_and_leaves_one_usable_card(shop: Shop) -> None:
    with shop.scope():
        jana, double = make_customer(), make_customer(name="J. Krüger")
        make_purchase(customer=jana, total=1_000)
        make_purchase(customer=double, total=500)
        merge(customer=double, into=jana, actor=SYSTEM, now=NOW)
        assert balance(jana) == 150
        usable = Card.objects.filter(revoked_at=None)
        assert {card.customer_id for card in usable} == {jana.pk}


def test_18_a_minimum_is_tested_on_what_remains_and_earning_is_never_negative(shop: Shop) -> None:
    with shop.scope():
        coffee = Conditions(min_total=1_000, goods=Goods(categories=("Kaffee",)))
        publish(rules=[Rule(code="coffee", kind=Kind.BONUS, points=50, conditions=coffee)], excluded=("Pfand",))
        jana = make_customer()
        for lines, points in (
            ([LineItem(1_000, category="Kaffee")], 150),
            ([LineItem(900, category="Kaffee"), LineItem(100, category="Pfand")], 90),
            ([LineItem(1_500, category="Pfand"), LineItem(-500, category="Kaffee")], 0),
        ):
            award = record_purchase(customer=jana, total=1_000, currency="EUR", lines=lines, actor=SYSTEM, now=NOW)
            assert award.earning.points == points


def test_19_a_balance_that_a_client_sends_is_refused_and_ids_of_another_shop_find_nobody(
    shop: Shop, other_shop: Shop
) -> None:
    with shop.scope():
        jana, till = make_customer(), till_of(shop)
    with other_shop.scope():
        stranger = make_customer()
    assert till.post("purchases", sale(jana, balance=9_999)).status_code == 422
    assert till.post("purchases", {**sale(jana), "customer": {"id": str(stranger.public_id)}}).status_code == 404
    assert till.get(f"customers/{stranger.public_id}/balance").status_code == 404


def test_21_points_are_spent_soonest_expiring_first_and_those_without_expiry_last(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        make_purchase(customer=jana, total=1_000)
        for days in (90, 30):
            book_opening_balances([Balance(jana.pk, days, NOW.date() + days * DAY)], actor=SYSTEM, now=NOW)
        redeem(jana, 60)
        assert dict(Lot.objects.values_list("points", "remaining")) == {100: 100, 90: 60, 30: 0}


def test_22_a_return_is_valued_by_the_rule_of_the_purchases_day_also_when_it_has_been_switched_off(shop: Shop) -> None:
    with shop.scope():
        double = Rule(code="double", kind=Kind.MULTIPLIER, factor_percent=200)
        publish(rules=[double])
        jana = make_customer()
        bought = make_purchase(customer=jana, total=1_000).purchase
        publish(rules=[], points_per_unit=1, now=NOW + DAY)
        returned = return_goods(purchase=bought, total=500, actor=SYSTEM, now=NOW + 2 * DAY)
        assert (returned.points, balance(jana, now=NOW + 2 * DAY)) == (100, 100)


def test_25_opening_balances_come_in_with_their_own_expiry_and_count_for_no_tier(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        book_opening_balances([Balance(jana.pk, 9_000, date(2027, 1, 31))], actor=SYSTEM, now=NOW)
        (expiring,) = ledger.expiring(ledger.account_of(jana), now=NOW)
        assert (expiring.points, expiring.last_day) == (9_000, date(2027, 1, 31))
        assert standing(jana, now=NOW).tier.code == "silver"


def test_26_points_are_not_spendable_before_they_are_available_and_cancelling_leaves_no_debt(shop: Shop) -> None:
    with shop.scope():
        publish(pending_days=14)
        jana = make_customer()
        order = make_purchase(customer=jana, total=1_060)
        with pytest.raises(InsufficientPoints):
            redeem(jana, 1)
        void_purchase(purchase=order.purchase, actor=SYSTEM, now=NOW + DAY)
        account = Account.objects.get()
        assert (account.balance, account.pending) == (0, 0)
