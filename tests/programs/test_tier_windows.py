"""Tiers by windows in the database: awards, voids, nights, missed nights, late purchases; and what the night writes."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine

from customers.merging import merge
from customers.models import Customer
from events.models import Event
from ledger.models import Account
from ledger.queries import account_of
from programs import jobs
from programs.beginning import begin_versions
from programs.giving import give_tier
from programs.holding import as_at
from programs.holding import tier_of as tier_of_account
from programs.jobs import move_tiers
from programs.members import Wanted, members
from programs.models import Program
from programs.publishing import draft_in_force, publish_program
from programs.qualifying import Basis, Window
from programs.queries import standing
from programs.services import void_purchase
from programs.terms import terms_at
from programs.tiers import due_on_day, move_on_day, moves
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_purchase
from tests.programs.test_tiers import let_tiers_follow

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def on(day: int, *, hour: int = 12) -> datetime:
    """So many days after NOW (10 March 2026), at an hour of the shop's clock."""
    with_hour = datetime.combine(NOW.date() + day * DAY, time(hour))
    return with_hour.astimezone(NOW.tzinfo)


def count_by(shop: Shop, **rules: Any) -> None:
    """Gold from 100 points, platinum from 300, by these rules and from the start; ten points for a euro."""
    with shop.scope():
        draft = draft_in_force(now=NOW)
        steps = (0, 100, 300)
        tiers = [
            replace(tier, threshold=step, factor_percent=100) for tier, step in zip(draft.tiers, steps, strict=True)
        ]
        publish_program(replace(draft, tiers=tiers, **rules), actor=SYSTEM, now=NOW)


def buy(customer: Customer, points: int, *, day: int, late: int | None = None) -> Any:
    bought_at = None if late is None else on(late)
    return make_purchase(customer=customer, total=points * 10, purchased_at=bought_at, now=on(day))


def give(customer: Customer, tier: str, *, until: int) -> None:
    give_tier(customer=customer, tier=tier, until=on(until).date(), reason="goodwill", actor=SYSTEM, now=on(1))


def tier_of(customer: Customer, *, day: int) -> str:
    return standing(customer, now=on(day)).tier.name


def kept_tier(customer: Customer, *, day: int) -> str:
    return next(tier.name for tier in terms_at(on(day)).tiers if tier.id == account_of(customer).tier_id)


# --- Windows --------------------------------------------------------------------------------------------------------


def test_in_a_calendar_year_counters_begin_anew_and_the_tier_stays_for_the_next(shops: tuple[Shop, Shop]) -> None:
    shop, other_shop = shops
    count_by(shop, tier_window=Window.YEAR, grace_days=30)
    new_year, next_new_year = (date(2027, 1, 1) - NOW.date()).days, (date(2028, 1, 1) - NOW.date()).days
    with other_shop.scope():
        ben = make_customer()
        buy(ben, 6_000, day=1)
    with shop.scope():
        jana = make_customer()
        buy(jana, 120, day=1)
        assert tier_of(jana, day=1) == "Gold"
        buy(jana, 50, day=new_year)
        account = account_of(jana)
        assert (account.qualifying_points, account.lifetime_visits, kept_tier(jana, day=new_year)) == (50, 2, "Gold")
        assert [tier_of(jana, day=next_new_year + days) for days in (-1, 29, 30)] == ["Gold", "Gold", "Silber"]
    with other_shop.scope():
        assert tier_of(ben, day=next_new_year + 30) == "Gold"


@pytest.mark.parametrize("basis", list(Basis))
def test_the_basis_is_what_counts(shop: Shop, basis: Basis) -> None:
    count_by(shop, tier_window=Window.ROLLING, tier_basis=basis)
    with shop.scope():
        jana = make_customer()
        buy(jana, 15, day=1)  # 15 points, 1.50 €, one visit
        expected = {Basis.POINTS: "Silber", Basis.SPEND: "Gold", Basis.VISITS: "Silber"}
        assert tier_of(jana, day=1) == expected[basis]


@pytest.mark.parametrize("window", [Window.YEAR, Window.ROLLING])
def test_what_is_reported_late_counts_only_inside_the_window(shop: Shop, window: Window) -> None:
    count_by(shop, tier_window=window)
    with shop.scope():
        jana = make_customer()
        outside = buy(jana, 300, day=400, late=5)
        inside = buy(jana, 60, day=400, late=399)
        account = account_of(jana)
        assert (account.qualifying_points, account.lifetime_visits, tier_of(jana, day=400)) == (60, 2, "Silber")
        void_purchase(purchase=outside.purchase, actor=SYSTEM, now=on(401))
        assert account_of(jana).qualifying_points == 60
        void_purchase(purchase=inside.purchase, actor=SYSTEM, now=on(401))
        account = account_of(jana)
        assert (account.qualifying_points, account.qualifying_visits, account.lifetime_visits) == (0, 0, 0)


def test_a_purchase_that_has_left_the_window_is_voided_without_counting_twice(shop: Shop) -> None:
    count_by(shop, tier_window=Window.ROLLING)
    with shop.scope():
        jana = make_customer()
        old = buy(jana, 100, day=1)
        buy(jana, 100, day=200)
        voiding = void_purchase(purchase=old.purchase, actor=SYSTEM, now=on(400))
        assert (account_of(jana).qualifying_points, voiding.tier_changed) == (100, False)
        assert tier_of(jana, day=400) == "Gold"


def test_a_return_never_takes_what_the_year_began_with(shop: Shop) -> None:
    count_by(shop, tier_window=Window.YEAR)
    with shop.scope():
        jana = make_customer()
        buy(jana, 100, day=1)
        more = buy(jana, 300, day=310)
        assert (more.tier_before.name, more.tier.name) == ("Gold", "Platin")
        voiding = void_purchase(purchase=more.purchase, actor=SYSTEM, now=on(311))
        assert voiding.tier is not None
        assert voiding.tier.name == "Gold"


def test_two_who_are_one_have_the_better_tier_and_what_both_bought(shop: Shop) -> None:
    count_by(shop, tier_window=Window.ROLLING, grace_days=30)
    with shop.scope():
        jana, tom = make_customer(), make_customer(name="Tom")
        buy(jana, 300, day=1)
        buy(tom, 60, day=300)
        buy(jana, 50, day=301)
        merge(customer=jana, into=tom, take=[], actor=SYSTEM, now=on(370))
        account = account_of(tom)
        assert (account.qualifying_points, tier_of(tom, day=370)) == (110, "Platin")
        assert [tier_of(tom, day=day) for day in (396, 397)] == ["Platin", "Gold"]


# --- The night ------------------------------------------------------------------------------------------------------


def test_the_night_moves_those_whose_tier_ends_and_announces_each(shops: tuple[Shop, Shop]) -> None:
    shop, other_shop = shops
    for one in shops:
        count_by(one, tier_window=Window.ROLLING)
        with one.scope():
            jana = make_customer()
            buy(jana, 100, day=1)
            buy(make_customer(name="Tom"), 100, day=2)
    assert move_tiers(shop.tenant, now=on(366)) == 0
    assert move_tiers(shop.tenant, now=on(367, hour=1)) == 1
    with shop.scope():
        events = Event.objects.filter(name="tier.changed", occurred_at__gte=on(300))
        assert [kept_tier(customer, day=367) for customer in Customer.objects.order_by("pk")] == ["Silber", "Gold"]
        assert [event.payload["customer"] for event in events] == [Customer.objects.earliest("pk").pk]
        assert Account.objects.order_by("pk")[0].qualifying_points == 0
    assert move_tiers(shop.tenant, now=on(367, hour=2)) == 0
    with other_shop.scope():
        assert kept_tier(Customer.objects.earliest("pk"), day=367) == "Gold"
        assert [tier_of(customer, day=367) for customer in Customer.objects.order_by("pk")] == ["Silber", "Gold"]
        assert members(Wanted(tier="gold"), now=on(367)).count() == 1


def test_a_night_that_was_killed_goes_on_where_it_stopped(shop: Shop, monkeypatch: Any) -> None:
    count_by(shop, tier_window=Window.YEAR)
    monkeypatch.setattr(jobs, "MOVED_AT_ONCE", 2)
    with shop.scope():
        for number in range(5):
            buy(make_customer(name=str(number)), 100, day=1)
        buy(Customer.objects.earliest("pk"), 100, day=300)
    done: list[int] = []

    def dies_in_the_second_chunk(ids: Any, day: date, *, now: datetime) -> int:
        if done:
            raise KeyboardInterrupt
        done.append(len(ids))
        return move_on_day(ids, day, now=now)

    assert move_tiers(shop.tenant, now=on(300)) == 0
    monkeypatch.setattr(jobs, "move_on_day", dies_in_the_second_chunk)
    with pytest.raises(KeyboardInterrupt):
        move_tiers(shop.tenant, now=on(700))
    monkeypatch.undo()
    with shop.scope():
        assert Program.objects.get().moved_to == on(300).date()
        left = len(due_on_day(on(700).date(), now=on(700)))
    assert left == 3
    move_tiers(shop.tenant, now=on(700))
    with shop.scope():
        assert Program.objects.get().moved_to == on(700).date()
        assert due_on_day(on(700).date(), now=on(700)) == []


def test_of_missed_days_only_those_are_made_up_for_on_which_something_happens(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    count_by(shop, tier_window=Window.ROLLING, grace_days=20)
    with shop.scope():
        jana, tom = make_customer(), make_customer(name="Tom")
        buy(jana, 100, day=1)
        give(tom, "gold", until=300)
    seen: list[date] = []

    def looks_at(day: date, *, now: datetime) -> list[int]:
        seen.append(day)
        return due_on_day(day, now=now)

    monkeypatch.setattr(jobs, "due_on_day", looks_at)
    for day in (2, 3, 500):
        move_tiers(shop.tenant, now=on(day))
    # The gift is over, the purchase leaves, the days of grace that follow are over.
    assert seen == [on(day).date() for day in (2, 3, 301, 367, 387, 500)]
    with shop.scope():
        assert [kept_tier(customer, day=500) for customer in (jana, tom)] == ["Silber", "Silber"]


def test_every_new_year_that_was_missed_turns_the_year(shop: Shop, other_shop: Shop) -> None:
    """Gold of 2026 stands through 2027 and, since nothing was bought in it, ends with it."""
    for each in (shop, other_shop):
        count_by(each, tier_window=Window.YEAR)
        with each.scope():
            customer = make_customer()
            buy(customer, 100, day=1)
        move_tiers(each.tenant, now=on(2))
    move_tiers(other_shop.tenant, now=on(400))
    move_tiers(shop.tenant, now=on(700))
    for each, tier in ((shop, "Silber"), (other_shop, "Gold")):
        with each.scope():
            assert kept_tier(Customer.objects.get(), day=700) == tier


def test_who_buys_while_the_night_works_is_left_alone(shop: Shop) -> None:
    count_by(shop, tier_window=Window.ROLLING)
    with shop.scope():
        jana = make_customer()
        buy(jana, 100, day=1)
        Program.objects.update(moved_to=on(366).date())
        due = due_on_day(on(367).date(), now=on(367))
        buy(jana, 120, day=367)
        assert move_on_day(due, on(367).date(), now=on(367)) == 0
        assert (account_of(jana).qualifying_points, kept_tier(jana, day=367)) == (120, "Gold")


@pytest.mark.parametrize(
    ("window", "grace_days", "one_step_down"),
    [
        (Window.YEAR, 0, False),
        (Window.YEAR, 20, True),
        (Window.ROLLING, 0, False),
        (Window.ROLLING, 0, True),
        (Window.ROLLING, 20, True),
    ],
)
def test_the_night_writes_what_everybody_reads_without_it(
    shops: tuple[Shop, Shop], window: Window, grace_days: int, one_step_down: bool
) -> None:
    """The same lives in two shops: in one the job runs, late at times, in the other never."""
    dice = random.Random(f"{window}{grace_days}{one_step_down}")
    nightly, never = shops
    for one in shops:
        count_by(one, tier_window=window, grace_days=grace_days, one_step_down=one_step_down)
        with one.scope():
            for number in range(5):
                make_customer(name=str(number))
    bought = [
        (day, number, dice.choice((60, 100, 320)))
        for number in range(5)
        for day in sorted(dice.sample((1, 2, 3, 20, 368, 380), 3))
    ]
    looks = (1, 2, 3, 20, 297, 317, 366, 367, 368, 380, 386, 390) + ((662, 682) if window == Window.YEAR else ())
    for day in looks:
        move_tiers(nightly.tenant, now=on(day - 1, hour=23))
        assert _filtered(nightly, day) == [tier for tier, _, _ in _read(nightly, day)], f"day {day}"
        move_tiers(nightly.tenant, now=on(day, hour=1))
        for _, number, points in filter(lambda one: one[0] == day, bought):
            for one in shops:
                with one.scope():
                    buy(Customer.objects.order_by("pk")[number], points, day=day)
        assert _written(nightly, day) == _read(never, day), f"day {day}"


def _written(shop: Shop, day: int) -> list[Any]:
    with shop.scope():
        names = {tier.id: tier.name for tier in terms_at(on(day)).tiers}
        return [
            (names[account.tier_id or 0], account.qualifying_points, account.qualifying_visits)
            for account in Account.objects.order_by("pk")
        ]


def _read(shop: Shop, day: int) -> list[Any]:
    with shop.scope():
        terms = terms_at(on(day))
        seen = as_at(Account.objects.order_by("pk"), terms, now=on(day))
        return [
            (tier_of_account(account, terms, at=on(day)).name, account.qualifying_points, account.qualifying_visits)
            for account in seen
        ]


def _filtered(shop: Shop, day: int) -> list[str]:
    """By the list's filter: the tier of each customer."""
    with shop.scope():
        found = {
            customer: tier.name
            for tier in terms_at(on(day)).tiers
            for customer in members(Wanted(tier=tier.code), now=on(day)).values_list("pk", flat=True)
        }
        return [found[customer] for customer in Customer.objects.order_by("pk").values_list("pk", flat=True)]


# --- Another version ------------------------------------------------------------------------------------------------


def test_the_merchant_is_told_what_another_basis_or_window_changes(shop: Shop, other_shop: Shop) -> None:
    count_by(shop)
    with other_shop.scope():
        buy(make_customer(), 6_000, day=1)
    with shop.scope():
        jana, tom = make_customer(), make_customer(name="Tom")
        buy(jana, 120, day=1)
        buy(tom, 40, day=2)

        def told(**rules: Any) -> list[tuple[str, str, int]]:
            found = moves(replace(draft_in_force(now=on(20)), **rules).terms(), now=on(20))
            return [(move.came_from, move.goes_to, move.customers) for move in found or []]

        assert told(tier_basis=Basis.SPEND) == [("Gold", "Platin", 1), ("Silber", "Platin", 1)]
        assert told(tier_basis=Basis.VISITS) == [("Gold", "Silber", 1)]
        assert told(tier_window=Window.YEAR) == []
        assert told(tier_window=Window.ROLLING, tier_basis=Basis.SPEND) == [
            ("Gold", "Platin", 1),
            ("Silber", "Platin", 1),
        ]


@pytest.mark.parametrize("window", [Window.YEAR, Window.ROLLING])
def test_what_was_held_stays_for_the_running_period_when_the_window_changes(
    shops: tuple[Shop, Shop], window: Window
) -> None:
    shop, other_shop = shops
    for one in shops:
        count_by(one)
    with other_shop.scope():
        ben = make_customer()
        buy(ben, 120, day=1)
    with shop.scope():
        jana = make_customer()
        buy(jana, 120, day=1)
        publish_program(replace(draft_in_force(now=on(400)), tier_window=window), actor=SYSTEM, now=on(400))
        assert tier_of(jana, day=400) == "Gold"
    with time_machine.travel(on(400), tick=False):
        let_tiers_follow(shop, now=on(400))
    with shop.scope():
        account = account_of(jana)
        assert (account.qualifying_window, account.qualifying_points) == (window, 0)
        ends = (date(2028, 1, 1) - NOW.date()).days if window == Window.YEAR else 766
        assert [tier_of(jana, day=ends - 1), tier_of(jana, day=ends)] == ["Gold", "Silber"]
    with other_shop.scope():
        assert tier_of(ben, day=2_000) == "Gold"


def test_beside_a_gift_what_was_earned_stays_when_the_window_changes(shop: Shop) -> None:
    count_by(shop)
    with shop.scope():
        jana = make_customer()
        buy(jana, 120, day=1)
        give(jana, "gold", until=20)
        draft = draft_in_force(now=on(10))
        publish_program(
            replace(draft, tier_window=Window.YEAR, tier_basis=Basis.VISITS, tiers=draft.tiers),
            actor=SYSTEM,
            now=on(10),
        )
    with time_machine.travel(on(10), tick=False):
        let_tiers_follow(shop, now=on(10))
    with shop.scope():
        assert [tier_of(jana, day=day) for day in (20, 21)] == ["Gold", "Gold"]


def test_a_version_that_another_one_replaced_before_it_began_leaves_nothing_behind(shop: Shop) -> None:
    """It counted in the old window as well, and would have given platinum for what was gold until then."""
    count_by(shop, tier_window=Window.ROLLING)
    with shop.scope():
        customer = make_customer()
        buy(customer, 100, day=1)
        draft = draft_in_force(now=on(2))
        easy = [replace(tier, threshold=step) for tier, step in zip(draft.tiers, (0, 10, 20), strict=True)]
        publish_program(replace(draft, tiers=easy), actor=SYSTEM, now=on(2), starts_at=on(5))
        by_year = replace(draft, tier_window=Window.YEAR, version=terms_at(on(5)).number)
        publish_program(by_year, actor=SYSTEM, now=on(3), starts_at=on(5))
        begin_versions(actor=SYSTEM, now=on(5))
    with time_machine.travel(on(5), tick=False):
        let_tiers_follow(shop, now=on(5))
    with shop.scope():
        assert (kept_tier(customer, day=5), account_of(customer).start_rank) == ("Gold", 2)


def test_a_gift_that_ends_as_another_window_begins_is_no_promise_for_it(shop: Shop) -> None:
    count_by(shop)
    with shop.scope():
        jana = make_customer()
        give(jana, "gold", until=9)
        draft = draft_in_force(now=on(2))
        starts_at = on(10, hour=0)
        publish_program(replace(draft, tier_window=Window.YEAR), actor=SYSTEM, now=on(2), starts_at=starts_at)
        assert [tier_of(jana, day=day) for day in (9, 10)] == ["Gold", "Silber"]


def test_a_version_that_begins_later_moves_nobody_before_it_begins(shop: Shop, other_shop: Shop) -> None:
    for one in (shop, other_shop):
        count_by(one)
    with other_shop.scope():
        ben = make_customer()
        buy(ben, 120, day=1)
    with shop.scope():
        jana = make_customer()
        buy(jana, 120, day=1)
        draft = draft_in_force(now=on(2))
        dearer = [replace(tier, threshold=tier.threshold * 2) for tier in draft.tiers]
        publish_program(replace(draft, tiers=dearer), actor=SYSTEM, now=on(2), starts_at=on(10, hour=0))
        assert (
            not Event.objects.filter(name="program.tiers_changed", recorded_at__isnull=False)
            .exclude(payload__version=2)
            .exists()
        )
        begin_versions(actor=SYSTEM, now=on(9))
        assert tier_of(jana, day=9) == "Gold"
        begin_versions(actor=SYSTEM, now=on(10))
        assert tier_of(jana, day=10) == "Silber"
        assert Event.objects.filter(name="program.tiers_changed").latest("id").payload == {"version": 3}
        begin_versions(actor=SYSTEM, now=on(11))
        assert Event.objects.filter(name="program.tiers_changed", payload__version=3).count() == 1
    let_tiers_follow(shop, now=on(10))
    with shop.scope():
        assert kept_tier(jana, day=10) == "Silber"
    with other_shop.scope():
        assert tier_of(ben, day=10) == "Gold"


@pytest.mark.parametrize("read", [tier_of, kept_tier])
def test_a_raised_threshold_takes_what_a_lifetime_has_reached(shop: Shop, read: Callable[..., str]) -> None:
    count_by(shop)
    with shop.scope():
        jana = make_customer()
        buy(jana, 120, day=1)
        draft = draft_in_force(now=on(2))
        dearer = [replace(tier, threshold=tier.threshold * 2) for tier in draft.tiers]
        publish_program(replace(draft, tiers=dearer), actor=SYSTEM, now=on(2))
    let_tiers_follow(shop, now=on(2))
    with shop.scope():
        assert read(jana, day=2) == "Silber"
