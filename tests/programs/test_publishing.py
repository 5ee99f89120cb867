"""A merchant changes the programme: each change is a version, and earlier purchases keep theirs."""

from calendar import monthrange
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from events.models import Event
from programs.earning import Terms
from programs.errors import ProgramChanged
from programs.models import ProgramVersion, Tier
from programs.publishing import Draft, TierDraft, draft_in_force, publish_program, what_it_earns
from programs.qualifying import Basis, Window
from programs.queries import standing
from programs.rules import ExpiryEnd
from programs.terms import available_at, expires_at, terms_at
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_purchase
from tests.tenants.threads import in_threads

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
NO_TERMS = Terms(
    version_id=0,
    program_id=0,
    points_name="",
    points_name_one="",
    rules=(),
    tiers=(),
    pending_days=0,
    expiry_months=None,
)


def changed(**values: Any) -> Draft:
    """The default programme with other values, to be called in a scope."""
    return replace(draft_in_force(now=LATER), **values)


def test_the_draft_begins_as_the_programme_is(shop: Shop) -> None:
    with shop.scope():
        draft = draft_in_force(now=NOW)
        assert draft.points_per_unit == 10
        assert [(tier.name, tier.threshold, tier.factor_percent) for tier in draft.tiers] == [
            ("Silber", 0, 100),
            ("Gold", 5_000, 125),
            ("Platin", 12_000, 150),
        ]


def test_a_new_version_counts_from_now_on_and_earlier_purchases_keep_theirs(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        first = make_purchase(customer=jana, total=1000, now=NOW)
        publish_program(changed(points_per_unit=20), actor=SYSTEM, now=LATER)
        second = make_purchase(customer=jana, total=1000, now=LATER + timedelta(minutes=1))
        late = make_purchase(customer=jana, total=1000, purchased_at=NOW, now=LATER + timedelta(minutes=2))
        assert [award.earning.points for award in (first, second, late)] == [100, 200, 100]
        first.purchase.refresh_from_db()
        assert first.purchase.program_version.number == 1
        assert Event.objects.filter(name="program.published").latest("id").payload["version"] == 2
    with other_shop.scope():
        assert draft_in_force(now=LATER).points_per_unit == 10
        assert ProgramVersion.objects.count() == 1


def test_a_tier_keeps_its_holders_when_it_is_renamed_and_a_new_one_comes_on_top(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        make_purchase(customer=jana, total=60_000, now=NOW)
        draft = changed()
        tiers = [replace(tier, name="Bohne in Gold") if tier.name == "Gold" else tier for tier in draft.tiers]
        tiers.append(TierDraft(None, "Diamant", 30_000, 200, 10))
        publish_program(
            replace(draft, tiers=tiers, points_name="Bohnen", points_name_one="Bohne"), actor=SYSTEM, now=LATER
        )
        assert standing(jana, now=LATER).tier.name == "Bohne in Gold"
        terms = terms_at(LATER)
        assert (terms.points_name, terms.tiers[-1].name, terms.tiers[-1].discount_percent) == ("Bohnen", "Diamant", 10)
        assert Tier.objects.count() == 4


def test_the_preview_is_what_a_purchase_then_earns(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        make_purchase(customer=jana, total=60_000, now=NOW)
        draft = changed(points_per_unit=7)
        shown = {tier.name: earning.points for tier, earning in what_it_earns(draft, total=2_499)}
        publish_program(draft, actor=SYSTEM, now=LATER)
        award = make_purchase(customer=jana, total=2_499, now=LATER + timedelta(minutes=1))
        assert award.earning.points == shown["Gold"] == 218


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"points_per_unit": 0}, "points_per_unit"),
        ({"points_per_unit": 1_001}, "points_per_unit"),
        ({"points_name": "Bohnen"}, "points_name_one"),
        ({"pending_days": 31, "expiry_months": 1}, "pending_days"),
        ({"pending_days": 400, "expiry_months": 12}, "pending_days"),
        ({"tiers": []}, None),
        ({"tiers": [TierDraft(None, "Silber", 1, 100, 0)]}, "tier-0-threshold"),
        ({"tiers": [TierDraft(None, "A", 0, 100, 0), TierDraft(None, "B", 0, 100, 0)]}, "tier-1-threshold"),
        ({"tiers": [TierDraft(None, "A", 0, 0, 0)]}, "tier-0-factor"),
        ({"tiers": [TierDraft(None, "A", 0, 100, 101)]}, "tier-0-discount"),
        ({"tiers": [TierDraft(0, "A", 0, 100, 0)]}, "tier-0-name"),
    ],
)
def test_what_cannot_be_a_programme_is_refused_at_its_field(
    shop: Shop, change: dict[str, Any], field: str | None
) -> None:
    with shop.scope():
        with pytest.raises(Invalid) as refusal:
            publish_program(changed(**change), actor=SYSTEM, now=LATER)
        assert refusal.value.field == field
        assert ProgramVersion.objects.count() == 1


@pytest.mark.parametrize(("days", "months"), [(30, 1), (360, 12), (400, None)])
def test_points_may_wait_as_long_as_they_last_whatever_the_day(shop: Shop, days: int, months: int | None) -> None:
    """The last day of a month from which they last until New Year's Eve is the worst."""
    with shop.scope():
        publish_program(changed(pending_days=days, expiry_months=months), actor=SYSTEM, now=LATER)
        terms = terms_at(LATER)
        for month in range(1, 13):
            bought = datetime(2027, month, monthrange(2027, month)[1], 22, tzinfo=UTC)
            until = expires_at(terms, bought, zone=shop.tenant.zone)
            assert until is None or available_at(terms, bought) < until


def test_a_tier_of_another_shop_is_no_tier_of_this_one(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        foreign = Tier.objects.get(code="gold").pk
    with shop.scope(), pytest.raises(Invalid):
        publish_program(changed(tiers=[TierDraft(foreign, "Gold", 0, 100, 0)]), actor=SYSTEM, now=LATER)


def test_a_tier_stands_once_and_in_its_place(shop: Shop) -> None:
    with shop.scope():
        silver, gold, platin = changed().tiers
        for tiers in ([silver, platin, replace(gold, threshold=20_000)], [silver, replace(silver, threshold=1)]):
            with pytest.raises(Invalid) as refusal:
                publish_program(changed(tiers=tiers), actor=SYSTEM, now=LATER)
            assert refusal.value.field == f"tier-{len(tiers) - 1}-name"
        new = TierDraft(None, "Neu", 100, 100, 0)
        with pytest.raises(Invalid):
            publish_program(changed(tiers=[silver, new, gold]), actor=SYSTEM, now=LATER)


def test_a_draft_that_another_version_overtook_is_refused(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        publish_program(changed(points_per_unit=30), actor=SYSTEM, now=LATER)
    with shop.scope():
        first, second = changed(points_per_unit=20), changed(name="Zweite")
        publish_program(first, actor=SYSTEM, now=LATER)
        for overtaken in (second, replace(second, version=None), replace(second, version=3)):
            with pytest.raises(ProgramChanged):
                publish_program(overtaken, actor=SYSTEM, now=LATER + timedelta(hours=1))
        assert draft_in_force(now=LATER + timedelta(hours=2)) == replace(first, version=2)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_is_told_of_the_other(shop: Shop) -> None:
    with shop.scope():
        draft = changed(points_per_unit=20)

    def publish(number: int) -> None:
        with shop.scope():
            publish_program(replace(draft, name=f"Treue {number}"), actor=SYSTEM, now=LATER)

    outcomes = in_threads(4, publish)
    assert sum(isinstance(outcome, ProgramChanged) for outcome in outcomes) == 3
    with shop.scope():
        assert ProgramVersion.objects.count() == 2


def test_a_version_says_what_tiers_count_and_how_they_are_lost(shop: Shop, other_shop: Shop) -> None:
    said: dict[str, Any] = {
        "tier_basis": Basis.SPEND,
        "tier_window": Window.ROLLING,
        "grace_days": 30,
        "one_step_down": True,
        "expiry_months": 12,
        "expiry_end": ExpiryEnd.MONTH,
    }
    with shop.scope():
        publish_program(changed(**said), actor=SYSTEM, now=LATER)
        draft, terms = draft_in_force(now=LATER), terms_at(LATER)
        assert {name: getattr(draft, name) for name in said} == said
        assert (
            {name: getattr(terms, name) for name in said}
            == said
            == {name: getattr(draft.terms(), name) for name in said}
        )
        with pytest.raises(Invalid) as refused:
            publish_program(changed(grace_days=181), actor=SYSTEM, now=LATER)
        assert refused.value.field == "grace_days"
    with other_shop.scope():
        draft = draft_in_force(now=LATER)
        assert (draft.tier_basis, draft.tier_window, draft.grace_days) == (Basis.POINTS, Window.LIFETIME, 0)


@pytest.mark.parametrize(
    ("months", "end", "earned", "expires"),
    [
        (12, ExpiryEnd.MONTH, "2026-03-10", "2027-04-01"),
        (1, ExpiryEnd.MONTH, "2026-11-30", "2027-01-01"),
        (12, ExpiryEnd.MONTH, "2028-02-29", "2029-03-01"),
        (7, ExpiryEnd.MONTH, "2026-02-28T23:59", "2026-10-01"),
        (1, ExpiryEnd.MONTH, "2026-02-28T23:59", "2026-04-01"),
        (36, ExpiryEnd.YEAR, "2028-02-29", "2032-01-01"),
    ],
)
def test_points_expire_with_a_month_or_a_year(months: int, end: ExpiryEnd, earned: str, expires: str) -> None:
    """At midnight of the shop's wall clock, in summer time or not."""
    zone = ZoneInfo("Europe/Berlin")
    terms = replace(NO_TERMS, expiry_months=months, expiry_end=end)
    moment = datetime.fromisoformat(earned).replace(tzinfo=zone)
    assert expires_at(terms, moment, zone=zone) == datetime.fromisoformat(expires).replace(tzinfo=zone)
