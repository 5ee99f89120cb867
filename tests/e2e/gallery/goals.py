"""Goals: on the cards of their figures, refused, in the list, and a shop that has set none."""

from datetime import timedelta
from decimal import Decimal
from functools import cache

from django.utils import timezone
from playwright.sync_api import expect

from analytics.kpis import Period
from analytics.loyalty import loyalty
from analytics.overview import window
from tests.analytics.regulars import make_regulars
from tests.analytics.samples import make_goal_row
from tests.e2e import people
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.reports import busy_house
from tests.e2e.gallery.visit import Visit, state
from tests.e2e.people import Cookies, House
from tests.factories import today


@cache
def _aiming(_exhibition: Exhibition) -> tuple[House, Cookies]:
    """One goal on track, one off track, one reached; one over other days, one missed, one dropped."""
    house, now = people.open_house("galerie-ziele"), timezone.now()
    make_regulars(house.shop, 230, stores=[house.shop.store], days=300, now=now)
    with house.shop.scope():
        drawn = window()
        assert drawn.last is not None
        found = loyalty([Period.ending(drawn.last, days=90)], window_days=drawn.days)[0]
        assert found.retention is not None
        assert found.repeat is not None
        assert found.frequency is not None
        stood = {"start": found.retention - 4, "figure": found.retention, "target": found.retention + 3}
        make_goal_row("retention", **stood)
        stood = {"start": found.repeat, "figure": found.repeat - 1, "target": found.repeat + 4}
        make_goal_row("repeat", span_days=None, is_off_track=True, **stood)
        stood = {"start": found.frequency - 1, "figure": found.frequency, "target": found.frequency - Decimal("0.1")}
        make_goal_row("frequency", span_days=None, state="reached", ended_at=now, **stood)
        make_goal_row("average", span_days=365, start=Decimal(880), figure=Decimal(885), target=Decimal(950))
        missed = {"state": "missed", "ended_at": now, "due_on": today() - timedelta(days=1)}
        make_goal_row("churn", start=Decimal(40), figure=Decimal(41), target=Decimal(30), **missed)
        make_goal_row("churn", span_days=30, start=Decimal(40), target=Decimal(35), state="dropped", ended_at=now)
    return house, people.signed_in_member(house.shop, house.owner)


def _open(visit: Visit, path: str) -> None:
    house, member = _aiming(visit.exhibition)
    visit.carry(member, at=house.url)
    visit.open(f"/backoffice/{path}", at=house.url)


@state
def backoffice_reports_goals(visit: Visit) -> None:
    """Off track, with its explanation open, between others."""
    _open(visit, "reports/?days=90&store=&show=repeat")
    expect(visit.page.locator(".goal")).to_have_count(5)


@state
def backoffice_start_off_track(visit: Visit) -> None:
    _open(visit, "")


@state
def backoffice_goals(visit: Visit) -> None:
    _open(visit, "reports/goals/")


@state
def backoffice_goals_none(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open("/backoffice/reports/goals/", at=shop.tenant.url)


@state
def backoffice_goal_change(visit: Visit) -> None:
    _open(visit, "reports/goals/retention/?days=90&store=")


@state
def backoffice_goal_set(visit: Visit) -> None:
    """The first one, beside what the figure has been before."""
    house, member = busy_house(visit.exhibition, "galerie-viele", 420)
    visit.carry(member, at=house.url)
    visit.open("/backoffice/reports/goals/retention/?days=90&store=", at=house.url)


@state
def backoffice_goal_refused(visit: Visit) -> None:
    """On the wrong side."""
    _open(visit, "reports/goals/churn/?days=90&store=")
    due_on = (today() + timedelta(days=60)).isoformat()
    visit.fill(target="99", due_on=due_on)
    visit.refused()


@state
def backoffice_goal_without_a_figure(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open("/backoffice/reports/goals/retention/", at=shop.tenant.url)
