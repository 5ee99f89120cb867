"""A purchase earns, a void takes back, the tier follows, and nothing of it reaches the other shop."""

from datetime import timedelta

import pytest

from ledger.models import Account, Entry
from ledger.queries import account_of, unsound_accounts
from programs.errors import AlreadyVoided, ForeignCurrency, ReceiptAlreadyRecorded
from programs.queries import standing
from programs.services import record_purchase, void_purchase
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, change_rules, make_customer, make_purchase


def test_a_purchase_earns_ten_points_per_euro(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        award = make_purchase(customer=jana, total=2490)
        assert award.earning.points == 249
        assert standing(jana, now=NOW).balance == 249
        assert unsound_accounts() == {}


def test_the_first_purchase_uses_the_lowest_tier_and_the_next_one_the_tier_reached(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        first = make_purchase(customer=jana, total=50_000)
        assert (first.earning.points, first.tier_changed, first.tier and first.tier.code) == (5_000, True, "gold")
        second = make_purchase(customer=jana, total=2490)
        assert second.earning.points == 311
        assert [line.points for line in second.earning.lines] == [249, 62]


def test_one_cent_below_the_threshold_stays_below(shop: Shop) -> None:
    with shop.scope():
        tier = make_purchase(customer=make_customer(), total=49_999).tier
        assert tier is not None
        assert tier.code == "silver"


def test_a_void_takes_the_points_and_the_tier_back(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        award = make_purchase(customer=jana, total=50_000)
        voiding = void_purchase(purchase=award.purchase, actor=SYSTEM, now=NOW)
        assert voiding.tier_changed
        after = standing(jana, now=NOW)
        assert (after.balance, after.tier.code) == (0, "silver")
        assert unsound_accounts() == {}


def test_a_purchase_is_voided_once(shop: Shop) -> None:
    with shop.scope():
        award = make_purchase(customer=make_customer())
        void_purchase(purchase=award.purchase, actor=SYSTEM, now=NOW)
        with pytest.raises(AlreadyVoided):
            void_purchase(purchase=award.purchase, actor=SYSTEM, now=NOW)


def test_a_void_after_the_points_were_spent_leaves_a_deficit_that_the_next_award_fills(shop: Shop) -> None:
    from ledger.book import Voucher, open_book

    with shop.scope():
        jana = make_customer()
        award = make_purchase(customer=jana, total=1000)
        with open_book(account_of(jana).pk, now=NOW) as book:
            book.spend(80, Voucher(actor=SYSTEM, occurred_at=NOW))
        void_purchase(purchase=award.purchase, actor=SYSTEM, now=NOW)
        assert standing(jana, now=NOW).balance == -80
        make_purchase(customer=jana, total=1000)
        assert standing(jana, now=NOW).balance == 20
        assert unsound_accounts() == {}


def test_a_purchase_of_nothing_is_recorded_without_an_entry(shop: Shop) -> None:
    with shop.scope():
        make_purchase(customer=make_customer(), total=0)
        assert not Entry.objects.exists()
        assert Account.objects.get().qualifying_visits == 1


def test_an_anonymous_sale_is_recorded_and_voided_without_points(shop: Shop) -> None:
    with shop.scope():
        award = make_purchase(customer=None)
        void_purchase(purchase=award.purchase, actor=SYSTEM, now=NOW)
        assert not Entry.objects.exists()


def test_a_receipt_is_recorded_once_per_store_also_without_a_store(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        make_purchase(customer=jana, receipt_number="R1")
        make_purchase(customer=jana, receipt_number="R1", store=shop.store)
        for store in (None, shop.store):
            with pytest.raises(ReceiptAlreadyRecorded):
                make_purchase(customer=jana, receipt_number="R1", store=store)


def test_the_receipt_of_a_voided_purchase_is_recorded_anew_and_again_once(shop: Shop, other_shop: Shop) -> None:
    for place in (shop, other_shop):
        with place.scope():
            jana = make_customer()
            wrong = make_purchase(customer=jana, total=24_900, receipt_number="R1").purchase
            void_purchase(purchase=wrong, actor=SYSTEM, now=NOW)
            right = make_purchase(customer=jana, total=2490, receipt_number="R1").purchase
            with pytest.raises(ReceiptAlreadyRecorded) as refusal:
                make_purchase(customer=jana, total=2490, receipt_number="R1")
            assert refusal.value.facts == {"purchase": str(right.public_id)}
            assert standing(jana, now=NOW).balance == 249


def test_a_foreign_currency_is_refused(shop: Shop) -> None:
    with shop.scope(), pytest.raises(ForeignCurrency):
        record_purchase(customer=None, total=1, currency="CHF", actor=SYSTEM, now=NOW)


def test_a_void_does_not_take_back_what_has_already_expired(shop: Shop) -> None:
    with shop.scope():
        change_rules(expiry_months=12)
        jana = make_customer()
        old = make_purchase(customer=jana, total=1000, now=NOW - timedelta(days=800)).purchase
        make_purchase(customer=jana, total=500)
        voiding = void_purchase(purchase=old, actor=SYSTEM, now=NOW)
        assert (voiding.points, standing(jana, now=NOW).balance) == (0, 50)
        assert unsound_accounts() == {}


def test_a_purchase_of_long_ago_answers_what_is_left_of_it_today(shop: Shop) -> None:
    with shop.scope():
        change_rules(pending_days=14)
        award = make_purchase(customer=make_customer(), total=1000, purchased_at=NOW - timedelta(days=30))
        assert award.account is not None
        assert (award.pending, award.account.balance) == (0, 100)
        change_rules(pending_days=0, expiry_months=12)
        tom = make_customer()
        make_purchase(customer=tom, total=1000, purchased_at=NOW - timedelta(days=900))
        assert standing(tom, now=NOW).balance == 0
        assert unsound_accounts() == {}
