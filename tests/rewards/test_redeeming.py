"""Vouchers: issued against points, used once, cancelled or expired with their points back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, transaction

from customers.merging import merge
from customers.models import Customer
from customers.services import erase
from events.models import Event
from ledger import queries as ledger
from ledger.errors import InsufficientPoints
from ledger.models import Entry
from programs.models import Tier
from programs.rules import Conditions
from programs.statement import statement
from rewards.codes import voucher_code
from rewards.errors import (
    BadChoiceOfPoints,
    RewardEnded,
    RewardUnavailable,
    UnknownReward,
    UnknownVoucher,
    VoucherCancelled,
    VoucherExpired,
    VoucherUsed,
)
from rewards.jobs import expire_vouchers, give_gifts
from rewards.models import Redemption, Reward
from rewards.queries import catalogue, handed_out, open_vouchers, redeemable, surprises
from rewards.redeeming import (
    cancel_redemption,
    redeem,
    redeem_at_till,
    use_voucher,
    voucher_by_code,
)
from rewards.services import change_reward, create_reward, end_reward
from rewards.wording import till_text
from team.queries import till_actor
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tenants.throttle import Throttled
from tests.factories import (
    CAPPUCCINO,
    NOW,
    Shop,
    give_points,
    make_customer,
    make_device,
    make_member,
    make_redemption,
    make_reward,
    make_store,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def jana(shop: Shop) -> Iterator[Customer]:
    """With 1,000 points, in an open scope."""
    with shop.scope():
        customer = make_customer(name="Jana Kranz")
        give_points(customer, 1_000)
        yield customer


def balance(customer: Customer) -> int:
    return ledger.figures(ledger.account_of(customer), now=NOW).balance


def told(customer: Customer) -> list[str]:
    account = ledger.account_of(customer)
    return [line.title for line in statement(account, list(ledger.entries(account)))]


def test_a_voucher_costs_its_points_and_says_what_to_key_into_the_till(shop: Shop, jana: Customer) -> None:
    voucher = make_redemption(customer=jana, reward=make_reward())
    assert (voucher.state, voucher.points, balance(jana)) == ("issued", 500, 500)
    assert till_text(voucher) == "Rabatt 3,40\N{NARROW NO-BREAK SPACE}€"
    entry = Entry.objects.get(kind="redeem")
    assert (entry.redemption_id, entry.points, entry.seq) == (voucher.pk, -500, voucher.entry_seq)
    assert told(jana)[0] == "Eingelöst: Cappuccino"
    assert ledger.unsound_accounts() == {}


def test_the_discount_is_what_was_paid_for_whatever_happens_to_the_reward(shop: Shop, jana: Customer) -> None:
    """Case 6: issued in one channel, used in another, at another price by then."""
    reward = make_reward()
    voucher = make_redemption(customer=jana, reward=reward)
    change_reward(reward=reward, draft=replace(CAPPUCCINO, points=900, value=480), actor=SYSTEM, now=NOW)
    used = use_voucher(redemption=voucher, actor=SYSTEM, now=NOW, store=shop.store)
    assert (used.points, till_text(used)) == (500, "Rabatt 3,40\N{NARROW NO-BREAK SPACE}€")
    assert Entry.objects.get(redemption_id=used.pk).points == -500


def test_a_voucher_is_used_once_and_says_when_and_where(shop: Shop, jana: Customer) -> None:
    voucher = make_redemption(customer=jana, reward=make_reward())
    device, _code = make_device(store=shop.store, name="Kasse 1")
    mia = till_actor(make_member(role="staff", pin="4711"), device)
    use_voucher(redemption=voucher, actor=mia, now=NOW, store=shop.store)
    with pytest.raises(VoucherUsed) as refused:
        use_voucher(redemption=voucher, actor=mia, now=NOW + DAY, store=shop.store)
    assert refused.value.facts == {"used_at": NOW, "till": "Kasse 1"}
    assert "Kasse 1" in str(refused.value)
    (line,) = handed_out(NOW.date())
    assert (line.reference, line.used_by, line.device) == (voucher.reference, mia.reference, device)


def test_not_enough_points_are_refused_with_both_figures(jana: Customer) -> None:
    with pytest.raises(InsufficientPoints) as refused:
        make_redemption(customer=jana, reward=make_reward(points=1_001))
    assert refused.value.facts == {"balance": 1_000, "points": 1_001}
    assert not Redemption.objects.exists()


def test_a_cancelled_voucher_gives_points_and_stock_back_once(jana: Customer) -> None:
    reward = make_reward(stock=1)
    voucher = make_redemption(customer=jana, reward=reward)
    reward.refresh_from_db()
    assert reward.stock == 0
    cancel_redemption(redemption=voucher, actor=SYSTEM, now=NOW)
    reward.refresh_from_db()
    assert (reward.stock, balance(jana)) == (1, 1_000)
    assert told(jana)[0] == "Storniert: Cappuccino"
    for again in (cancel_redemption, use_voucher):
        with pytest.raises(VoucherCancelled):
            again(redemption=voucher, actor=SYSTEM, now=NOW)
    assert ledger.unsound_accounts() == {}


def test_what_was_handed_out_by_mistake_can_be_cancelled(shop: Shop, jana: Customer) -> None:
    redeemed = redeem_at_till(
        customer=jana,
        reward=make_reward(),
        presence=Redemption.Presence.CODE,
        store=shop.store,
        actor=SYSTEM,
        now=NOW,
    )
    assert redeemed.redemption.state == "used"
    cancel_redemption(redemption=redeemed.redemption, actor=SYSTEM, now=NOW)
    assert balance(jana) == 1_000
    assert [line.state for line in handed_out(NOW.date())] == ["cancelled"]


def test_a_voucher_that_nobody_uses_expires_and_its_points_come_back(shop: Shop, jana: Customer) -> None:
    voucher = make_redemption(customer=jana, reward=make_reward(valid_days=1))
    # To the end of the next day in Berlin.
    assert voucher.expires_at.isoformat() == "2026-03-12T00:00:00+01:00"
    with pytest.raises(VoucherExpired):
        use_voucher(redemption=voucher, actor=SYSTEM, now=voucher.expires_at)


@pytest.mark.parametrize("times", [1, 2])
def test_the_night_closes_vouchers_once(shop: Shop, times: int) -> None:
    with shop.scope():
        jana = make_customer()
        give_points(jana, 1_000)
        voucher = make_redemption(customer=jana, reward=make_reward(valid_days=1, stock=3))
    with time_machine.travel(voucher.expires_at + timedelta(minutes=10), tick=False):
        for _ in range(times):
            expire_vouchers(shop.tenant, date(2026, 3, 12))
    with shop.scope():
        voucher.refresh_from_db()
        assert (voucher.state, balance(jana)) == ("expired", 1_000)
        assert Reward.objects.get().stock == 3
        assert told(jana)[0] == "Nicht eingelöst: Cappuccino"
        assert Event.objects.filter(name="redemption.expired").count() == 1


def test_the_customer_chooses_how_many_points_within_what_is_allowed(jana: Customer) -> None:
    """Case 24."""
    discount = make_reward(
        kind=Reward.Kind.AMOUNT, name="Rabatt", points=100, value=100, chooses_points=True, most_points=800
    )
    voucher = make_redemption(customer=jana, reward=discount, points=730)
    assert (voucher.points, voucher.value, balance(jana)) == (730, 730, 270)
    for points in (None, 0, -5, 801):
        with pytest.raises(BadChoiceOfPoints):
            make_redemption(customer=jana, reward=discount, points=points)
    with pytest.raises(InsufficientPoints):
        make_redemption(customer=jana, reward=discount, points=271)


def test_a_fixed_price_is_no_choice(jana: Customer) -> None:
    with pytest.raises(BadChoiceOfPoints):
        make_redemption(customer=jana, reward=make_reward(), points=1)


def test_what_stands_in_the_way_is_said(shop: Shop, jana: Customer) -> None:
    once = make_reward(per_customer=1)
    make_redemption(customer=jana, reward=once)
    with pytest.raises(RewardUnavailable) as refused:
        make_redemption(customer=jana, reward=once)
    assert refused.value.facts["obstacle"] == "had_enough"


def test_a_cancelled_reward_was_not_had(jana: Customer) -> None:
    once = make_reward(per_customer=1, per_day=1, per_customer_day=1)
    cancel_redemption(redemption=make_redemption(customer=jana, reward=once), actor=SYSTEM, now=NOW)
    make_redemption(customer=jana, reward=once)


def test_store_hours_and_purchase_are_asked_where_the_voucher_is_used(shop: Shop, jana: Customer) -> None:
    other = make_store(code="hafen")
    conditions = Conditions(stores=(shop.store.pk,), from_minute=10 * 60, until_minute=12 * 60)
    voucher = make_redemption(customer=jana, reward=make_reward(conditions=conditions, min_total=1_000))
    for store, total, now in (
        (other, 1_000, NOW),
        (shop.store, 999, NOW),
        (shop.store, 1_000, NOW + timedelta(hours=3)),
    ):
        with pytest.raises(RewardUnavailable):
            use_voucher(redemption=voucher, actor=SYSTEM, now=now, store=store, total=total)
    assert use_voucher(redemption=voucher, actor=SYSTEM, now=NOW, store=shop.store, total=1_000).state == "used"


def test_a_voucher_may_be_taken_at_home_at_any_hour(jana: Customer) -> None:
    breakfast = make_reward(conditions=Conditions(from_minute=0, until_minute=1))
    assert catalogue(jana, now=NOW)[0].is_redeemable
    voucher = make_redemption(customer=jana, reward=breakfast)
    with pytest.raises(RewardUnavailable):
        use_voucher(redemption=voucher, actor=SYSTEM, now=NOW)
    assert redeemable(jana, now=NOW) == []


def test_drafts_and_ended_rewards_are_not_redeemed_but_their_vouchers_are(jana: Customer) -> None:
    with pytest.raises(UnknownReward):
        make_redemption(customer=jana, reward=create_reward(draft=CAPPUCCINO, actor=SYSTEM, now=NOW))
    reward = make_reward()
    voucher = make_redemption(customer=jana, reward=reward)
    end_reward(reward=reward, actor=SYSTEM, now=NOW)
    with pytest.raises(RewardEnded):
        make_redemption(customer=jana, reward=reward)
    assert use_voucher(redemption=voucher, actor=SYSTEM, now=NOW).state == "used"


def test_a_code_finds_its_voucher_in_its_shop_alone(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        jana = make_customer()
        give_points(jana, 1_000)
        voucher = make_redemption(customer=jana, reward=make_reward())
        code = voucher_code(voucher)
        spoken = "-".join(code[start : start + 4] for start in range(0, 16, 4)).lower()
        assert voucher_by_code(spoken, actor=SYSTEM) == voucher
        assert code not in str(Redemption.objects.values_list())
    with shops[1].scope(), pytest.raises(UnknownVoucher):
        voucher_by_code(code, actor=SYSTEM)


def test_a_code_survives_a_change_of_the_installations_key(jana: Customer) -> None:
    voucher = make_redemption(customer=jana, reward=make_reward())
    code, old = voucher_code(voucher), settings.SECRET_KEY
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "SECRET_KEY", "another key of the same installation, fifty letters")
        patch.setattr(settings, "SECRET_KEY_FALLBACKS", [old])
        assert voucher_code(voucher) == code


def test_guessing_codes_ends_after_ten(shop: Shop) -> None:
    with shop.scope():
        for number in range(10):
            with pytest.raises(UnknownVoucher):
                voucher_by_code(f"AAAA-AAAA-AAAA-AA{number + 20}", actor=SYSTEM)
        with pytest.raises(Throttled):
            voucher_by_code("AAAA-AAAA-AAAA-AAAA", actor=SYSTEM)


def test_vouchers_move_with_a_merge_and_their_points_come_back_to_who_remains(jana: Customer) -> None:
    twin = make_customer()
    voucher = make_redemption(customer=jana, reward=make_reward())
    merge(customer=jana, into=twin, actor=SYSTEM, now=NOW)
    assert list(open_vouchers(twin, now=NOW)) == [voucher]
    cancel_redemption(redemption=voucher, actor=SYSTEM, now=NOW)
    assert balance(twin) == 1_000
    assert ledger.unsound_accounts() == {}


def test_an_erased_customer_leaves_no_voucher_that_works(jana: Customer) -> None:
    voucher = make_redemption(customer=jana, reward=make_reward())
    erase(customer=jana, actor=SYSTEM, now=NOW)
    voucher.refresh_from_db()
    with pytest.raises(VoucherCancelled):
        use_voucher(redemption=voucher, actor=SYSTEM, now=NOW)


def test_a_birthday_brings_its_gift_once_a_year(shop: Shop) -> None:
    with shop.scope():
        born = make_customer(birthday="1990-03-10")
        make_customer(birthday="1990-03-11")
        gift = make_reward(way=Reward.Way.BIRTHDAY, name="Geburtstagskuchen", valid_days=30)
    for _ in range(2):
        with time_machine.travel(NOW, tick=False):
            give_gifts(shop.tenant, NOW.date())
    with time_machine.travel(NOW + 365 * DAY, tick=False):
        give_gifts(shop.tenant, date(2027, 3, 10))
    with shop.scope():
        given = Redemption.objects.order_by("issued_at")
        assert [(row.customer, row.reward, row.occasion) for row in given] == [
            (born, gift, "birthday:2026"),
            (born, gift, "birthday:2027"),
        ]


def test_a_gift_that_was_handed_out_by_mistake_is_there_again(shop: Shop) -> None:
    with shop.scope():
        born = make_customer(birthday="1990-03-10")
        make_reward(way=Reward.Way.BIRTHDAY, name="Geburtstagskuchen", valid_days=30, stock=5)
    with time_machine.travel(NOW, tick=False):
        give_gifts(shop.tenant, NOW.date())
    with shop.scope():
        gift = use_voucher(redemption=Redemption.objects.get(), actor=SYSTEM, now=NOW + DAY)
        cancel_redemption(redemption=gift, actor=SYSTEM, now=NOW + DAY)
        (again,) = open_vouchers(born, now=NOW + DAY)
        assert (again.occasion, again.expires_at) == ("birthday:2026", gift.expires_at)
        assert Reward.objects.get().stock == 4


def test_a_surprise_is_the_teams_to_give(shop: Shop, jana: Customer) -> None:
    surprise = make_reward(way=Reward.Way.STAFF, kind=Reward.Kind.GIFT, name="Keks", per_customer_day=1)
    assert surprise.points == 0
    assert [choice.reward for choice in surprises(jana, now=NOW)] == [surprise]
    assert catalogue(jana, now=NOW) == []
    with pytest.raises(RewardUnavailable):
        make_redemption(customer=jana, reward=surprise)
    given = redeem_at_till(
        customer=jana, reward=surprise, presence=Redemption.Presence.GIVEN, actor=SYSTEM, now=NOW, store=shop.store
    )
    assert (given.redemption.points, given.redemption.entry_seq, balance(jana)) == (0, None, 1_000)
    assert surprises(jana, now=NOW) == []


def test_the_catalogue_shows_what_can_be_had_first_then_goals_then_what_is_locked(jana: Customer) -> None:
    gold = Tier.objects.get(code="gold")
    locked = make_reward(name="Latte-Art-Kurs", points=1, tier=gold)
    dear, near = make_reward(name="Frühstück", points=4_000), make_reward(name="Bohnen", points=1_800)
    cheap, dearer = make_reward(name="Cappuccino"), make_reward(name="Kuchen", points=700)
    make_reward(name="Morgen", conditions=Conditions(from_on=date(2026, 4, 1)))
    teased = make_reward(name="Bald", conditions=Conditions(from_on=date(2026, 3, 12)), teaser_days=5)
    make_reward(name="Vorbei", conditions=Conditions(until_on=date(2026, 3, 9)))
    make_reward(name="Nur an der Kasse", is_listed=False)
    seen = catalogue(jana, now=NOW)
    assert [choice.reward for choice in seen] == [cheap, dearer, near, dear, locked, teased]
    assert [choice.missing for choice in seen[2:4]] == [800, 3_000]
    assert seen[4].is_locked
    assert seen[5].starts_on == date(2026, 3, 12)
    offered_at_till = [choice.reward.name for choice in redeemable(jana, now=NOW)]
    assert offered_at_till == ["Cappuccino", "Kuchen", "Nur an der Kasse"]


def test_a_reward_states_what_its_kind_needs(shop: Shop) -> None:
    begins = datetime(2026, 4, 1, 18, tzinfo=NOW.tzinfo)
    bad = {
        "value": replace(CAPPUCCINO, kind=Reward.Kind.AMOUNT, value=None),
        "percent": replace(CAPPUCCINO, kind=Reward.Kind.PERCENT, percent=101),
        "event_at": replace(CAPPUCCINO, kind=Reward.Kind.EVENT),
        "event_ends_at": replace(CAPPUCCINO, kind=Reward.Kind.EVENT, event_at=begins, event_ends_at=begins),
        "points": replace(CAPPUCCINO, points=-1),
        "name": replace(CAPPUCCINO, name="  "),
        "until_on": replace(CAPPUCCINO, conditions=Conditions(from_on=date(2026, 4, 2), until_on=date(2026, 4, 1))),
    }
    with shop.scope():
        for field, draft in bad.items():
            with pytest.raises(Invalid) as refused:
                create_reward(draft=draft, actor=SYSTEM, now=NOW)
            assert refused.value.field == field


def test_stock_below_zero_is_refused_by_the_database(shop: Shop) -> None:
    with shop.scope():
        reward = make_reward(stock=0)
        with pytest.raises(IntegrityError), transaction.atomic():
            Reward.objects.filter(pk=reward.pk).update(stock=-1)


def test_one_shops_rewards_are_no_other_shops(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        reward = make_reward()
    with shops[1].scope():
        stranger = make_customer()
        give_points(stranger, 1_000)
        with pytest.raises(UnknownReward):
            redeem(customer=stranger, reward=reward, presence=Redemption.Presence.PORTAL, actor=SYSTEM, now=NOW)
        assert catalogue(stranger, now=NOW) == []
