"""Earning rules at work: preview, award and import agree, limits hold, bonuses come once, versions begin as planned."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from customers.services import change
from events.models import Event
from ledger.models import Account, Entry
from ledger.queries import account_of, entries, unsound_accounts
from programs.bulk import PastPurchase, record_past_purchases
from programs.earning import earning
from programs.facts import days_to_birthday, stored_facts
from programs.handlers import reward_a_complete_profile
from programs.jobs import give_to_anniversaries, give_to_birthdays
from programs.merging import join_memberships
from programs.models import Purchase, RuleUse
from programs.occasions import grant_bonus
from programs.publishing import draft_in_force, publish_program
from programs.queries import preview, standing
from programs.rules import Conditions, Goods, Kind, Limits, Occasion, Rule
from programs.services import LineItem, record_purchase, void_purchase
from programs.statement import explained, in_short, statement
from programs.terms import terms_at, terms_of, timeline
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_device, make_purchase
from tests.tenants.threads import in_threads

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
WELCOME = Rule(code="welcome", kind=Kind.BONUS, occasion=Occasion.SIGN_UP, name="Willkommen", points=100)
HAPPY_HOUR = Rule(
    code="happy-hour",
    kind=Kind.MULTIPLIER,
    name="Happy Hour",
    factor_percent=200,
    conditions=Conditions(from_minute=0, until_minute=24 * 60),
    limits=Limits(per_day=150, budget=400),
)
FIRST = Rule(code="first", kind=Kind.BONUS, name="Erster Einkauf", points=50, conditions=Conditions(visit=1))
EVERY_SECOND = Rule(code="second", kind=Kind.BONUS, points=20, conditions=Conditions(visit=2, every=True))
CUPS = Rule(code="cups", kind=Kind.PER_ITEM, points=5, conditions=Conditions(goods=Goods(categories=("Heißgetränke",))))


def publish(*rules: Rule, **others: Any) -> None:
    publish_program(replace(draft_in_force(now=NOW), rules=rules, **others), actor=SYSTEM, now=NOW)


def test_preview_award_and_import_are_one_engine(shop: Shop, other_shop: Shop) -> None:
    """Three customers with the same past; what each way says is the same to the line."""
    with shop.scope():
        publish(HAPPY_HOUR, FIRST, EVERY_SECOND, CUPS, excluded=("Pfand",))
        ada, ben, cem = (make_customer(name=name, birthday="11-26") for name in ("Ada", "Ben", "Cem"))
        for total in (1_250, 999, 2_490, 1_000):
            lines = [LineItem(total=total, quantity=Decimal(2))]
            shown = preview(
                customer=ada, total=total, currency="EUR", actor=SYSTEM, purchased_at=LATER, now=LATER, lines=lines
            )
            booked = record_purchase(customer=ada, total=total, currency="EUR", actor=SYSTEM, now=LATER, lines=lines)
            assert shown.earning == booked.earning
            _read_in(cem, total)
        explained_to = {
            customer.pk: [
                entry.explanation for entry in Entry.objects.filter(account__customer=customer).order_by("seq")
            ]
            for customer in (ada, ben, cem)
        }
        assert explained_to[ada.pk] != []
        assert explained_to[ben.pk] == []
        assert sum(use.points for use in RuleUse.objects.filter(code="happy-hour", account=None)) == 300
        assert _points(explained_to[cem.pk]) == _points(explained_to[ada.pk])
        assert unsound_accounts() == {}
    with other_shop.scope():
        assert make_purchase(customer=make_customer(), total=1_250).earning.points == 125
        assert RuleUse.objects.count() == 0


def _read_in(customer: Any, total: int) -> None:
    past = PastPurchase(customer=customer, total=total, purchased_at=LATER, import_key=f"{total:016}".encode())
    record_past_purchases([past], actor=SYSTEM, now=LATER)


def _points(explanations: Sequence[Sequence[dict[str, Any]]]) -> list[list[tuple[str, int]]]:
    return [[(line["rule"], line["points"]) for line in lines] for lines in explanations]


def test_a_purchase_is_valued_again_as_it_was(shop: Shop) -> None:
    with shop.scope():
        publish(HAPPY_HOUR, FIRST, CUPS)
        jana = make_customer(birthday="06-01")
        lines = [LineItem(total=900, quantity=Decimal(3), category="heissgetränke"), LineItem(total=500)]
        award = record_purchase(customer=jana, total=1_400, currency="EUR", actor=SYSTEM, now=LATER, lines=lines)
        publish()
        make_purchase(customer=jana, now=LATER + timedelta(minutes=1))
        purchase = Purchase.objects.get(pk=award.purchase.pk)
        terms = terms_of(purchase.program_version_id)
        assert earning(terms, stored_facts(purchase, terms)) == award.earning


def test_a_purchase_keeps_that_a_birthday_was_near_and_not_when(shop: Shop) -> None:
    with shop.scope():
        gifts = [
            Rule(code=str(days), kind=Kind.BONUS, points=days, conditions=Conditions(birthday_within=days))
            for days in (2, 7, 30)
        ]
        publish(*gifts)
        near = (LATER + timedelta(days=5)).date()
        award = make_purchase(customer=make_customer(birthday=f"{near:%m-%d}"), total=100, now=LATER)
        assert (award.earning.points, award.purchase.facts["birthday_in"]) == (47, 7)
        terms = terms_of(award.purchase.program_version_id)
        assert earning(terms, stored_facts(award.purchase, terms)) == award.earning
        far = make_purchase(customer=make_customer(name="Ben", birthday="07-01"), total=100, now=LATER)
        assert "birthday_in" not in far.purchase.facts


def test_a_limit_holds_per_day_and_is_free_again_after_a_void(shop: Shop) -> None:
    with shop.scope():
        publish(replace(HAPPY_HOUR, limits=Limits(per_day=150)))
        jana = make_customer()
        first = make_purchase(customer=jana, total=1_000, now=LATER)
        second = make_purchase(customer=jana, total=1_000, now=LATER)
        next_day = make_purchase(customer=jana, total=1_000, now=LATER + timedelta(days=1))
        assert [award.earning.points for award in (first, second, next_day)] == [200, 150, 200]
        void_purchase(purchase=first.purchase, actor=SYSTEM, now=LATER)
        assert make_purchase(customer=jana, total=1_000, now=LATER).earning.points == 200
        assert make_purchase(customer=make_customer(name="Ben"), total=1_000, now=LATER).earning.points == 200


def test_who_is_joined_with_another_has_had_what_both_have_had(shop: Shop) -> None:
    with shop.scope():
        publish(replace(HAPPY_HOUR, limits=Limits(per_customer=150)))
        jana, double = make_customer(), make_customer(name="J. Krüger")
        first = make_purchase(customer=double, total=1_000, now=LATER)
        join_memberships(customer_id=double.pk, into_id=jana.pk, actor=SYSTEM, now=LATER)
        assert make_purchase(customer=jana, total=1_000, now=LATER).earning.points == 150
        first.purchase.refresh_from_db()
        void_purchase(purchase=first.purchase, actor=SYSTEM, now=LATER)
        assert make_purchase(customer=jana, total=1_000, now=LATER).earning.points == 200


@pytest.mark.django_db(transaction=True)
def test_a_budget_is_never_exceeded_however_many_tills_draw_on_it(shop: Shop) -> None:
    with shop.scope():
        publish(replace(HAPPY_HOUR, limits=Limits(budget=250)))
        customers = [make_customer(name=name) for name in ("Ada", "Ben", "Cem", "Dia")]

    def buy(number: int) -> int:
        with shop.scope():
            return make_purchase(customer=customers[number], total=1_000, now=LATER).earning.points

    points = in_threads(4, buy)
    with shop.scope():
        assert sum(part for part in points if isinstance(part, int)) == 4 * 100 + 250
        assert RuleUse.objects.get(account=None).points == 250


def test_the_welcome_comes_with_the_account_and_counts_for_no_tier(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        publish(WELCOME)
        jana = make_customer(now=LATER)
        assert standing(jana, now=LATER).balance == 100
        assert account_of(jana).qualifying_points == 0
        (line,) = statement(account_of(jana), list(Entry.objects.all()))
        assert (line.title, line.reason) == ("Willkommen", "")
        assert grant_bonus(customer=jana, occasion=Occasion.SIGN_UP, actor=SYSTEM, now=LATER) == 0
    with other_shop.scope():
        assert standing(make_customer(now=LATER), now=LATER).balance == 0


def test_a_complete_profile_is_rewarded_once(shop: Shop) -> None:
    with shop.scope():
        publish(replace(WELCOME, code="profile", occasion=Occasion.PROFILE))
        jana = make_customer(email="jana@example.org", now=LATER)
        for birthday in ("06-01", "06-02"):
            change(customer=jana, birthday=birthday, actor=SYSTEM, now=LATER)
            reward_a_complete_profile(Event.objects.filter(name="customer.changed").latest("pk"))
        assert Account.objects.get(customer=jana).balance == 100


def test_birthdays_and_anniversaries_once_a_year(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        stranger = make_customer(birthday="02-29")
    with shop.scope():
        birthday = replace(WELCOME, code="birthday", occasion=Occasion.BIRTHDAY)
        anniversary = replace(WELCOME, code="anniversary", occasion=Occasion.ANNIVERSARY, points=30)
        publish(birthday, anniversary)
        leap = make_customer(birthday="02-29", now=datetime(2024, 2, 29, 22, 30, tzinfo=UTC))
        new = make_customer(name="Ben", birthday="03-01", now=LATER)
    day = datetime(2027, 2, 28, tzinfo=UTC).date()
    for job in (give_to_birthdays, give_to_anniversaries, give_to_birthdays, give_to_anniversaries):
        job(shop.tenant, day)
        job(other_shop.tenant, day)
    with shop.scope():
        assert [standing(customer, now=LATER).balance for customer in (leap, new)] == [130, 0]
    with other_shop.scope():
        assert standing(stranger, now=LATER).balance == 0


@pytest.mark.parametrize(
    ("birthday", "day", "away"),
    [("02-29", "2027-02-28", 0), ("01-02", "2026-12-31", 2), ("12-31", "2027-01-02", -2), ("", "2027-01-02", None)],
)
def test_the_nearest_birthday_counts_also_over_new_year(shop: Shop, birthday: str, day: str, away: int | None) -> None:
    with shop.scope():
        assert days_to_birthday(make_customer(birthday=birthday), on=datetime.fromisoformat(day).date()) == away


def test_a_version_begins_when_planned_and_a_newer_one_takes_its_place(shop: Shop) -> None:
    with shop.scope():
        draft, soon = draft_in_force(now=NOW), NOW + timedelta(days=10)
        publish_program(replace(draft, points_per_unit=20), actor=SYSTEM, now=NOW, starts_at=soon)
        assert terms_at(LATER).per_amount[0].points == 10
        assert [timeline().at(moment).per_amount[0].points for moment in (NOW, soon)] == [10, 20]
        publish_program(replace(draft, version=2, points_per_unit=15), actor=SYSTEM, now=LATER)
        for moment in (LATER, soon):
            assert terms_at(moment).per_amount[0].points == timeline().at(moment).per_amount[0].points == 15
        with pytest.raises(Invalid):
            publish_program(replace(draft, version=3), actor=SYSTEM, now=LATER, starts_at=NOW)


def test_reasons_in_plain_words(shop: Shop) -> None:
    with shop.scope():
        publish(replace(HAPPY_HOUR, limits=Limits(per_day=50)), FIRST, CUPS)
        award = record_purchase(
            customer=make_customer(),
            total=1_000,
            currency="EUR",
            actor=SYSTEM,
            now=LATER,
            lines=[LineItem(total=1_000, quantity=Decimal(2), category="Heißgetränke")],
        )
        lines = award.earning.as_json()
        assert [(line.text, line.points) for line in explained(lines, award.terms)] == [
            ("10,00\u202f€: 10 Punkte je 1\u202f€", 100),
            ("2 × 5 Punkte", 10),
            ("Happy Hour × 2 (Höchstgrenze erreicht)", 50),
            ("Erster Einkauf", 50),
        ]
        assert in_short(lines, award.terms) == "10 Punkte je 1\u202f€, 2 × 5 Punkte + 50 Happy Hour + 50 Erster Einkauf"


def test_a_statement_says_by_which_version_at_which_device_and_why_it_was_voided(shop: Shop) -> None:
    with shop.scope():
        publish(FIRST)
        device, _token = make_device(store=shop.store)
        at_the_till = replace(SYSTEM, device_id=device.pk, store_id=shop.store.pk)
        jana = make_customer()
        award = make_purchase(customer=jana, total=1_000, store=shop.store, actor=at_the_till, now=LATER)
        void_purchase(purchase=award.purchase, actor=at_the_till, now=LATER, reason="wrong_amount")
        void, bought = statement(account_of(jana), list(entries(account_of(jana))))
        assert (bought.version, bought.device, bought.store) == (2, "Kasse 1", "Hauptstraße")
        assert [(line.rule, line.points) for line in bought.lines] == [("per_amount", 100), ("bonus", 50)]
        assert (void.reason, void.lines) == ("Falscher Betrag", [])


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (replace(WELCOME, code=""), "rule-0-code"),
        (replace(WELCOME, points=0), "rule-0-points"),
        (replace(WELCOME, conditions=Conditions(min_total=5)), "rule-0-occasion"),
        (replace(HAPPY_HOUR, factor_percent=100), "rule-0-factor"),
        (replace(FIRST, conditions=Conditions(weekdays=(7,))), "rule-0-weekdays"),
        (replace(FIRST, conditions=Conditions(stores=(0,))), "rule-0-stores"),
        (replace(FIRST, conditions=Conditions(tiers=(0,))), "rule-0-tiers"),
        (replace(FIRST, conditions=Conditions(visit=0)), "rule-0-visit"),
        (replace(FIRST, conditions=Conditions(from_minute=1441)), "rule-0-from"),
        (replace(FIRST, conditions=Conditions(channels=("fax",))), "rule-0-channels"),
        (replace(FIRST, limits=Limits(per_day=0)), "rule-0-per_day"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_at_its_field(shop: Shop, rule: Rule, field: str) -> None:
    with shop.scope(), pytest.raises(Invalid) as refusal:
        publish(rule)
    assert refusal.value.field == field
