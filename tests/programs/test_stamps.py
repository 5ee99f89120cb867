"""Stamp cards beside points: what brings a stamp, what a full card gives, and that no stamp is ever a point."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest

from customers.export import sections_of
from customers.merging import merge
from customers.models import Customer
from customers.services import erase
from events.models import Event
from ledger import queries as ledger
from ledger.errors import AccountClosed, AlreadyReversed
from ledger.jobs import settle_overdue
from ledger.models import Account, Entry
from programs.bulk import PastPurchase, record_past_purchases
from programs.earning import PurchaseFacts
from programs.errors import CardNotFull, OwnAccount, TooManyBookings, UnknownStampCard
from programs.plausibility import CUSTOMER_PER_DAY
from programs.publishing import draft_in_force, publish_program
from programs.queries import preview, standing
from programs.rules import Goods, LineFacts, Per, StampCard
from programs.services import LineItem, void_purchase
from programs.stamping import stamping, stamps_by_card
from programs.stamps import add_stamps, redeem_stamps, void_stamps
from programs.statement import statement
from programs.terms import terms_at
from programs.voids import void_imported_purchases
from team.queries import till_actor
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tests.factories import (
    COFFEE_CARD,
    NOW,
    Shop,
    make_customer,
    make_device,
    make_import,
    make_member,
    make_purchase,
    make_user,
    offer_cards,
)
from tests.ledger.test_races_and_failures import at_once

pytestmark = pytest.mark.django_db
COFFEE = LineItem(total=320, sku="K1", category="Heißgetränke ")
CAKE = LineItem(total=410, category="Kuchen")
VISITS = StampCard(name="Treuepass", per=Per.VISIT, needed=5, reward="Ein Stück Kuchen")


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer()


def stamps_of(customer: Customer, card: str = "card-1", *, now: datetime = NOW) -> int:
    account = Account.objects.filter(customer=customer, unit=f"stamps:{card}").first()
    return ledger.figures(account, now=now).balance if account else 0


# --- What brings a stamp --------------------------------------------------------------------------------------------


def brought(card: StampCard, *lines: LineFacts, total: int = 1_000, excluded: frozenset[str] = frozenset()) -> int:
    terms = replace(terms_at(NOW), stamp_cards=(replace(card, code="card-1"),), excluded=excluded)
    facts = PurchaseFacts(total=total, tier=terms.tiers[0], at=NOW, lines=lines)
    return stamps_by_card(stamping(terms, facts)).get("card-1", 0)


def test_each_of_the_goods_brings_a_stamp_and_nothing_else_does(shop: Shop) -> None:
    coffee, cake = LineFacts(320, category="heissgetränke"), LineFacts(410, category="Kuchen")
    with shop.scope():
        assert brought(COFFEE_CARD, coffee, coffee, cake) == 2
        assert brought(COFFEE_CARD, LineFacts(640, Decimal(2), category="Heißgetränke")) == 2
        assert brought(COFFEE_CARD, cake) == 0
        assert brought(replace(COFFEE_CARD, goods=Goods(skus=("K1",))), LineFacts(320, sku="K1"), coffee) == 1
        assert brought(replace(COFFEE_CARD, goods=Goods()), coffee, cake) == 2


def test_a_visit_brings_one_stamp_whatever_was_bought(shop: Shop) -> None:
    coffee = LineFacts(640, Decimal(2), category="Heißgetränke")
    with shop.scope():
        assert brought(VISITS) == 1
        assert brought(VISITS, coffee, coffee) == 1
        of_goods = replace(VISITS, goods=COFFEE_CARD.goods)
        assert brought(of_goods, coffee, coffee) == 1
        assert brought(of_goods, LineFacts(410, category="Kuchen")) == 0
        # An amount alone says nothing about the goods.
        assert brought(of_goods) == 0
        assert brought(COFFEE_CARD) == 0


def test_what_was_free_excluded_or_taken_back_brings_none(shop: Shop) -> None:
    coffee = LineFacts(320, category="Heißgetränke")
    with shop.scope():
        assert brought(VISITS, total=0) == 0
        assert brought(COFFEE_CARD, coffee, total=0) == 0
        assert brought(COFFEE_CARD, coffee, LineFacts(0, category="Heißgetränke")) == 1
        assert brought(COFFEE_CARD, coffee, excluded=frozenset({"Heißgetränke"})) == 0
        assert brought(VISITS, coffee, excluded=frozenset({"Heißgetränke"}), total=320) == 0
        assert brought(COFFEE_CARD, coffee, coffee, LineFacts(-320, Decimal(-1), category="Heißgetränke")) == 1
        assert brought(COFFEE_CARD, LineFacts(320, Decimal("0.350"), category="Heißgetränke")) == 0


def test_no_more_than_the_card_allows_at_once(shop: Shop) -> None:
    with shop.scope():
        assert brought(COFFEE_CARD, LineFacts(3_200, Decimal(12), category="Heißgetränke"), total=3_200) == 5


# --- With a purchase ------------------------------------------------------------------------------------------------


def test_preview_award_and_import_agree(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(COFFEE_CARD, VISITS, replace(COFFEE_CARD, name="Alles", goods=Goods(), at_once=3))
        lines = [LineItem(total=1_280, quantity=Decimal(4), category="Heißgetränke")]
        seen = preview(customer=jana, total=1_280, currency="EUR", actor=SYSTEM, purchased_at=NOW, now=NOW, lines=lines)
        award = make_purchase(customer=jana, total=1_280, lines=lines)
        assert stamps_by_card(seen.stamps) == {"card-1": 4, "card-2": 1, "card-3": 3}
        assert {each.card.code: each.entry.points for each in award.stamps} == stamps_by_card(seen.stamps)
        # A log knows how many things were bought, but not which.
        row = PastPurchase(
            customer=jana, total=1_280, purchased_at=NOW, import_key=b"0123456789abcdef", quantity=Decimal(4)
        )
        record_past_purchases([row], actor=SYSTEM, now=NOW)
        assert [stamps_of(jana, card) for card in ("card-1", "card-2", "card-3")] == [4, 2, 6]
        assert ledger.unsound_accounts() == {}


def test_stamps_are_no_points(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(COFFEE_CARD)
        make_purchase(customer=jana, total=640, lines=[COFFEE, COFFEE])
        held = standing(jana, now=NOW)
        account = ledger.account_of(jana)
        assert (held.balance, account.lifetime_earned, account.qualifying_points) == (64, 64, 64)
        assert ledger.open_points() == (64, 1)
        assert stamps_of(jana) == 2
        assert Account.objects.get(unit="stamps:card-1").tier_id is None


def test_without_cards_nothing_is_opened(shop: Shop, other_shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(COFFEE_CARD)
    with other_shop.scope():
        ben = make_customer(name="Ben")
        assert make_purchase(customer=ben, lines=[COFFEE]).stamps == []
        assert list(Account.objects.values_list("unit", flat=True)) == ["points"]
        with pytest.raises(UnknownStampCard):
            add_stamps(customer=ben, card="card-1", count=1, actor=SYSTEM, now=NOW)


def test_a_void_takes_the_stamps_back_and_leaves_a_debt_that_the_next_ones_pay(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(replace(COFFEE_CARD, needed=2))
        first = make_purchase(customer=jana, total=640, lines=[COFFEE, COFFEE]).purchase
        redeem_stamps(customer=jana, card="card-1", actor=SYSTEM, now=NOW)
        assert void_purchase(purchase=first, actor=SYSTEM, now=NOW).stamps == 2
        assert stamps_of(jana) == -2
        make_purchase(customer=jana, total=960, lines=[COFFEE, COFFEE, COFFEE])
        assert stamps_of(jana) == 1
        assert ledger.unsound_accounts() == {}


def test_an_undone_import_takes_its_stamps_back(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(VISITS)
        source = make_import(kind="purchases")
        rows = [
            PastPurchase(customer=jana, total=500, purchased_at=NOW, import_key=bytes([number]) * 16)
            for number in range(3)
        ]
        record_past_purchases(rows, actor=SYSTEM, now=NOW, import_id=source.pk)
        voided = void_imported_purchases(import_id=source.pk, customer_ids=[jana.pk], at_most=2, actor=SYSTEM, now=NOW)
        assert (voided.purchases, voided.points, stamps_of(jana)) == (2, 100, 1)
        assert ledger.unsound_accounts() == {}


# --- With one tap, and redeeming ------------------------------------------------------------------------------------


def test_a_full_card_gives_its_reward_and_what_is_beyond_it_stays(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(replace(COFFEE_CARD, needed=4))
        add_stamps(customer=jana, card="card-1", count=3, actor=SYSTEM, now=NOW)
        with pytest.raises(CardNotFull) as refused:
            redeem_stamps(customer=jana, card="card-1", actor=SYSTEM, now=NOW)
        assert refused.value.facts["missing"] == 1
        add_stamps(customer=jana, card="card-1", count=2, actor=SYSTEM, now=NOW)
        given = redeem_stamps(customer=jana, card="card-1", actor=SYSTEM, now=NOW)
        assert (given.card.reward, given.entry.points, stamps_of(jana)) == ("1 Kaffee gratis", -4, 1)
        titles = [line.title for line in statement(given.account, list(ledger.entries(given.account)))]
        assert titles == ["Eingelöst: 1 Kaffee gratis", "Stempel an der Kasse", "Stempel an der Kasse"]
        assert [event.name for event in Event.objects.filter(name__startswith="stamps.").order_by("pk")] == [
            *["stamps.added"] * 2,
            "stamps.redeemed",
        ]


def test_a_cancelled_redemption_brings_the_stamps_back_once_and_for_a_while(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(replace(COFFEE_CARD, needed=2, expiry_months=1))
        add_stamps(customer=jana, card="card-1", count=2, actor=SYSTEM, now=NOW)
        late = datetime(2026, 4, 29, 12, tzinfo=UTC)
        given = redeem_stamps(customer=jana, card="card-1", actor=SYSTEM, now=late)
        void_stamps(customer=jana, card="card-1", seq=given.entry.seq, actor=SYSTEM, now=late)
        assert stamps_of(jana, now=late + timedelta(days=29)) == 2
        assert stamps_of(jana, now=late + timedelta(days=31)) == 0
        with pytest.raises(AlreadyReversed):
            void_stamps(customer=jana, card="card-1", seq=given.entry.seq, actor=SYSTEM, now=late)
        assert ledger.unsound_accounts() == {}


def test_a_tap_is_undone_once(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(COFFEE_CARD)
        tap = add_stamps(customer=jana, card="card-1", count=2, actor=SYSTEM, now=NOW)
        void_stamps(customer=jana, card="card-1", seq=tap.entry.seq, actor=SYSTEM, now=NOW)
        assert stamps_of(jana) == 0
        with pytest.raises(AlreadyReversed):
            void_stamps(customer=jana, card="card-1", seq=tap.entry.seq, actor=SYSTEM, now=NOW)


@pytest.mark.parametrize("count", [0, -1, 6])
def test_a_tap_gives_as_many_as_the_card_allows(shop: Shop, jana: Customer, count: int) -> None:
    with shop.scope():
        offer_cards(COFFEE_CARD)
        with pytest.raises(Invalid):
            add_stamps(customer=jana, card="card-1", count=count, actor=SYSTEM, now=NOW)
        assert not Account.objects.filter(unit="stamps:card-1").exists()


def test_staff_stamp_neither_their_own_card_nor_without_end(shop: Shop) -> None:
    with shop.scope():
        device, _token = make_device(store=shop.store)
        mia = make_member(role="staff", user=make_user("mia@example.org"), pin="4711")
        at_till = till_actor(mia, device)
        offer_cards(COFFEE_CARD)
        own, jana = make_customer(email="mia@example.org"), make_customer(email="jana@example.org")
        with pytest.raises(OwnAccount):
            add_stamps(customer=own, card="card-1", count=1, actor=at_till, now=NOW)
        taps = [
            add_stamps(customer=jana, card="card-1", count=1, actor=at_till, now=NOW)
            for _number in range(CUSTOMER_PER_DAY)
        ]
        with pytest.raises(TooManyBookings):
            add_stamps(customer=jana, card="card-1", count=1, actor=at_till, now=NOW)
        with pytest.raises(TooManyBookings):
            make_purchase(customer=jana, actor=at_till)
        void_stamps(customer=jana, card="card-1", seq=taps[0].entry.seq, actor=at_till, now=NOW)
        make_purchase(customer=jana, actor=at_till)


def test_stamps_expire_at_the_end_of_their_month(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(replace(COFFEE_CARD, expiry_months=3))
        add_stamps(customer=jana, card="card-1", count=1, actor=SYSTEM, now=NOW)
        account = Account.objects.get(unit="stamps:card-1")
        (part,) = ledger.expiring(account, now=NOW)
        assert part.last_day.isoformat() == "2026-06-30"
    gone = datetime(2026, 7, 1, 8, tzinfo=UTC)
    settle_overdue(shop.tenant, now=gone)
    with shop.scope():
        assert Account.objects.get(pk=account.pk).balance == 0
        assert Entry.objects.get(kind="expire").account_id == account.pk
        assert ledger.unsound_accounts() == {}


def test_a_card_that_is_given_up_can_still_be_redeemed(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(replace(COFFEE_CARD, needed=2))
        add_stamps(customer=jana, card="card-1", count=2, actor=SYSTEM, now=NOW)
        offer_cards()
        with pytest.raises(UnknownStampCard):
            add_stamps(customer=jana, card="card-1", count=1, actor=SYSTEM, now=NOW)
        assert redeem_stamps(customer=jana, card="card-1", actor=SYSTEM, now=NOW).card.name == "Kaffeekarte"


# --- Everything else that touches accounts --------------------------------------------------------------------------


def test_cards_are_joined_with_their_customers(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(COFFEE_CARD, VISITS)
        other = make_customer(name="Jana K")
        bought = make_purchase(customer=jana, total=640, lines=[COFFEE, COFFEE]).purchase
        add_stamps(customer=other, card="card-1", count=3, actor=SYSTEM, now=NOW)
        merge(customer=jana, into=other, actor=SYSTEM, now=NOW)
        assert (stamps_of(other), stamps_of(other, "card-2"), stamps_of(jana)) == (5, 1, 0)
        bought.refresh_from_db()
        void_purchase(purchase=bought, actor=SYSTEM, now=NOW)
        assert (stamps_of(other), stamps_of(other, "card-2")) == (3, 0)
        assert ledger.unsound_accounts() == {}


def test_who_has_left_gets_no_stamps(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(COFFEE_CARD)
        bought = make_purchase(customer=jana, total=320, lines=[COFFEE]).purchase
        erase(customer=jana, actor=SYSTEM, now=NOW)
        assert not Account.objects.filter(customer=jana, closed_at=None).exists()
        with pytest.raises(AccountClosed):
            add_stamps(customer=jana, card="card-1", count=1, actor=SYSTEM, now=NOW)
        void_purchase(purchase=bought, actor=SYSTEM, now=NOW)
        assert stamps_of(jana) == 0


def test_the_copy_of_the_data_tells_stamps_from_points(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(COFFEE_CARD)
        make_purchase(customer=jana, total=320, lines=[COFFEE])
        held = {section.name: section.rows for section in sections_of(jana)}
        assert [(row["unit"], row["balance"], row.get("tier")) for row in held["accounts"]] == [
            ("points", 32, "Silber"),
            ("stamps:card-1", 1, None),
        ]
        assert {row["unit"] for row in held["bookings"]} == {"points", "stamps:card-1"}
        assert {row["unit"] for row in held["points_in_stock"]} == {"points", "stamps:card-1"}


@pytest.mark.django_db(transaction=True)
def test_two_tills_at_once_open_one_card_and_redeem_it_once(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        offer_cards(replace(COFFEE_CARD, needed=8, at_once=4))

    def stamp(customer: Customer) -> None:
        with shop.scope():
            add_stamps(customer=customer, card="card-1", count=4, actor=SYSTEM, now=NOW)

    def buy(customer: Customer) -> None:
        with shop.scope():
            make_purchase(customer=customer, total=640, lines=[COFFEE, COFFEE])

    def redeem(customer: Customer) -> str:
        with shop.scope():
            return redeem_stamps(customer=customer, card="card-1", actor=SYSTEM, now=NOW).card.code

    for _round in range(6):
        with shop.scope():
            customer = make_customer()
        acts = [partial(stamp, customer), partial(stamp, customer), partial(buy, customer)]
        assert at_once(*acts) == [None, None, None]
        results = at_once(partial(redeem, customer), partial(redeem, customer))
        assert sorted(type(result).__name__ for result in results) == ["CardNotFull", "str"]
        with shop.scope():
            assert stamps_of(customer) == 2
            assert Account.objects.filter(customer=customer).count() == 2
            assert ledger.unsound_accounts() == {}
    with other_shop.scope():
        assert not Account.objects.exists()


# --- Publishing -----------------------------------------------------------------------------------------------------


def test_a_card_keeps_its_code_through_all_versions_and_no_code_is_used_twice(shop: Shop) -> None:
    with shop.scope():
        coffee, visits = offer_cards(COFFEE_CARD, VISITS)
        assert (coffee.code, visits.code) == ("card-1", "card-2")
        assert offer_cards(replace(coffee, needed=12)) == [replace(coffee, needed=12)]
        assert [card.code for card in offer_cards(VISITS)] == ["card-3"]
        assert terms_at(NOW).stamp_cards == draft_in_force(now=NOW).stamp_cards


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "stamp-0-name"),
        ({"name": "x" * 41}, "stamp-0-name"),
        ({"reward": ""}, "stamp-0-reward"),
        ({"needed": 1}, "stamp-0-needed"),
        ({"needed": 51}, "stamp-0-needed"),
        ({"at_once": 0}, "stamp-0-at_once"),
        ({"expiry_months": 0}, "stamp-0-expiry_months"),
        ({"code": "card-7"}, "stamp-0-name"),
    ],
)
def test_what_is_no_card_is_refused_at_its_field(
    shop: Shop, other_shop: Shop, changed: dict[str, object], field: str
) -> None:
    with other_shop.scope():
        for _number in range(7):
            offer_cards(COFFEE_CARD)
    with shop.scope():
        draft = replace(draft_in_force(now=NOW), stamp_cards=[replace(COFFEE_CARD, **changed)])  # type: ignore[arg-type]
        with pytest.raises(Invalid) as refused:
            publish_program(draft, actor=SYSTEM, now=NOW)
        assert refused.value.field == field


def test_two_cards_have_two_names(shop: Shop) -> None:
    with shop.scope(), pytest.raises(Invalid) as refused:
        offer_cards(COFFEE_CARD, replace(VISITS, name="kaffeekarte"))
    assert refused.value.field == "stamp-1-name"
