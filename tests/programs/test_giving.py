"""Tiers given by hand, what customers are told about theirs, and points that get a date when expiry is switched on."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import translation

from events.models import Event
from ledger import queries as ledger
from ledger.models import Account, Lot
from ledger.queries import account_of, unsound_accounts
from programs import expiring
from programs.expiring import points_without_a_date
from programs.giving import give_tier, given_tier, take_given_tier
from programs.jobs import move_tiers
from programs.publishing import draft_in_force, publish_program
from programs.qualifying import Basis, Window
from programs.queries import standing
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tests.clients import ApiClient, phone, signed_in
from tests.factories import NOW, Shop, make_api_key, make_customer, make_member
from tests.programs.test_tier_windows import buy, count_by, kept_tier, on, tier_of
from tests.programs.test_tiers import let_tiers_follow

pytestmark = pytest.mark.django_db


def give(customer: Any, *, tier: str = "gold", days: int = 20, day: int = 1, reason: str = "goodwill") -> None:
    until = NOW.date() + timedelta(days=day + days)
    give_tier(customer=customer, tier=tier, until=until, reason=reason, actor=SYSTEM, now=on(day))


# --- By hand --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", list(Window))
def test_real_bug_12_a_tier_given_by_hand_ends_and_then_the_rules_decide(
    shops: tuple[Shop, Shop], window: Window
) -> None:
    shop, other_shop = shops
    for one in shops:
        count_by(one, tier_window=window, grace_days=30)
    with other_shop.scope():
        ben = make_customer()
    with shop.scope():
        jana, tom = make_customer(), make_customer(name="Tom")
        give(jana, tier="platin")
        give(tom, tier="gold")
        given = Event.objects.filter(name="tier.given").earliest("id")
        assert given.payload["reason"] == "goodwill"
        assert (kept_tier(jana, day=1), given_tier(jana, now=on(1))) == ("Platin", (given_for(jana), date(2026, 3, 31)))
        buy(jana, 120, day=5)
        assert [tier_of(jana, day=day) for day in (21, 22)] == ["Platin", "Gold"]
        assert [tier_of(tom, day=day) for day in (21, 22)] == ["Gold", "Silber"]
    assert move_tiers(shop.tenant, now=on(22, hour=1)) == 2
    with shop.scope():
        assert (kept_tier(jana, day=22), kept_tier(tom, day=22), given_tier(jana, now=on(22))) == (
            "Gold",
            "Silber",
            None,
        )
    with other_shop.scope():
        assert (tier_of(ben, day=2), Event.objects.filter(name="tier.given").exists()) == ("Silber", False)


def given_for(customer: Any) -> Any:
    return standing(customer, now=on(1)).tier


def test_a_tier_given_by_hand_may_end_early(shop: Shop) -> None:
    count_by(shop)
    with shop.scope():
        jana = make_customer()
        give(jana)
        assert take_given_tier(customer=jana, actor=SYSTEM, now=on(2)).name == "Silber"
        take_given_tier(customer=jana, actor=SYSTEM, now=on(2))
        assert Event.objects.filter(name="tier.given_ended").count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"tier": "silver"}, "tier"),
        ({"tier": "diamond"}, "tier"),
        ({"days": 0}, "until"),
        ({"days": 2_000}, "until"),
        ({"reason": "because"}, "reason"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(shop: Shop, values: dict[str, Any], field: str) -> None:
    count_by(shop)
    with shop.scope():
        with pytest.raises(Invalid) as refused:
            give(make_customer(), **values)
        assert refused.value.field == field
        jana = make_customer()
        buy(jana, 300, day=1)
        with pytest.raises(Invalid) as refused:
            give(jana)
        assert refused.value.field == "tier"


def test_the_back_office_gives_and_ends_it(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        client = signed_in(make_member().user, shop.tenant)
        page = f"/backoffice/customers/{jana.public_id}/"
        in_a_month = date.today() + timedelta(days=30)  # noqa: DTZ011 - the page's own today
        typed = {"tier": "gold", "until": str(in_a_month), "reason": "regular"}
        refused = client.post(f"{page}tier/", typed | {"until": "2020-01-01"})
        assert 'value="2020-01-01"' in refused.content.decode()
        assert client.post(f"{page}tier/", typed).status_code == 302
    with shop.scope():
        assert account_of(jana).given_rank == 2
    assert 'action="' + f"{page}tier/end/" in client.get(f"{page}tier/").content.decode()
    client.post(f"{page}tier/end/")
    with shop.scope():
        assert account_of(jana).given_rank is None


# --- What is missing, and by when -----------------------------------------------------------------------------------


def test_the_customer_reads_what_is_missing_and_by_when(shop: Shop) -> None:
    count_by(shop, tier_window=Window.YEAR, tier_basis=Basis.SPEND)
    new_year = (date(2027, 1, 1) - NOW.date()).days
    with shop.scope():
        jana = make_customer()
        buy(jana, 20, day=1)  # 2.00 €, gold from 1.00 €
        first = standing(jana, now=on(1))
        assert first.keep is None
        assert first.next_tier is not None
        assert (first.next_tier.missing, first.next_tier.until) == (100, date(2026, 12, 31))
        buy(jana, 4, day=new_year)
        keep = standing(jana, now=on(new_year)).keep
        assert keep is not None
        with translation.override("de"):
            assert (keep.tier.name, keep.missing_text, keep.until) == ("Gold", "0,60\u202f€", date(2027, 12, 31))
        key = make_api_key()[1]
    with time_machine.travel(on(new_year), tick=False):
        answer = ApiClient(shop.tenant, key).get(f"customers/{jana.public_id}/balance").json()
        home = phone(jana, shop.tenant).get("/").content.decode()
    assert answer["keep"] == {
        "tier": {"code": "gold", "name": "Gold"},
        "missing": "0.60",
        "basis": "spend",
        "until": "2027-12-31",
    }
    assert answer["next_tier"]["missing"] == "2.60"
    assert "31. Dezember" in home


def test_in_the_last_twelve_months_it_is_the_day_on_which_too_much_leaves(shop: Shop) -> None:
    count_by(shop, tier_window=Window.ROLLING, grace_days=30)
    with shop.scope():
        jana = make_customer()
        buy(jana, 60, day=0)
        buy(jana, 50, day=100)
        keep = standing(jana, now=on(100)).keep
        assert keep is not None
        assert (keep.missing, keep.until) == (50, date(2027, 3, 10))
        in_grace = standing(jana, now=on(370)).keep
        assert in_grace is not None
        assert (in_grace.missing, in_grace.until) == (50, date(2027, 4, 9))


def test_in_a_lifetime_nothing_is_needed_to_keep_a_tier(shop: Shop) -> None:
    count_by(shop, tier_basis=Basis.VISITS)
    with shop.scope():
        jana = make_customer()
        buy(jana, 10, day=1)
        seen = standing(jana, now=on(1))
        assert seen.next_tier is not None
        with translation.override("en"):
            assert (seen.keep, seen.next_tier.missing_text, seen.next_tier.until) == (None, "99 purchases", None)


# --- Expiry switched on ---------------------------------------------------------------------------------------------


def test_real_bug_23_turning_expiry_on_starts_one_full_period(shops: tuple[Shop, Shop], monkeypatch: Any) -> None:
    monkeypatch.setattr(expiring, "AT_ONCE", 2)
    shop, other_shop = shops
    for one in shops:
        with one.scope():
            publish_program(replace(draft_in_force(now=NOW), expiry_months=None), actor=SYSTEM, now=NOW)
            for number in range(5):
                buy(make_customer(name=str(number)), 100, day=1)
    with shop.scope():
        spent = account_of(make_customer(name="nothing"))
        assert points_without_a_date() == (500, 5)
        publish_program(replace(draft_in_force(now=on(400)), expiry_months=12), actor=SYSTEM, now=on(400))
    let_tiers_follow(shop, now=on(400))
    with shop.scope():
        accounts = Account.objects.exclude(pk=spent.pk)
        ends = set(Lot.objects.values_list("expires_at", flat=True))
        assert [moment.astimezone(shop.tenant.zone).date() for moment in ends if moment] == [date(2029, 1, 1)]
        assert {account.next_due_at for account in accounts} == ends
        assert ledger.figures(accounts[0], now=on(765)).balance == 100
        assert ledger.figures(accounts[0], now=on(1_100)).balance == 0
        assert (points_without_a_date(), unsound_accounts()) == ((0, 0), {})
    with other_shop.scope():
        assert set(Lot.objects.values_list("expires_at", flat=True)) == {None}


def test_points_with_a_date_keep_it_when_the_expiry_is_shortened(shop: Shop) -> None:
    with shop.scope():
        publish_program(replace(draft_in_force(now=NOW), expiry_months=36), actor=SYSTEM, now=NOW)
        buy(make_customer(), 100, day=1)
        before = list(Lot.objects.values_list("expires_at", flat=True))
        publish_program(replace(draft_in_force(now=on(2)), expiry_months=12), actor=SYSTEM, now=on(2))
    let_tiers_follow(shop, now=on(2))
    with shop.scope():
        assert list(Lot.objects.values_list("expires_at", flat=True)) == before
