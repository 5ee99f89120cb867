"""Figures of a period through the API: the days that are drawn, of the own shop, and nothing else."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from analytics.models import Goal
from analytics.rollups.nightly import draw_figures
from analytics.stating import state_cost
from tenants.roles import SYSTEM
from tests.analytics.samples import make_goal_row
from tests.clients import ApiClient
from tests.factories import NOW, Shop, make_api_key, make_customer, make_purchase, make_store

DAY = timedelta(days=1)
# Three days are drawn, the first purchase was on the first of them.
FIRST, LAST = NOW.date() - 2 * DAY, NOW.date()


@pytest.fixture
def reader(shop: Shop) -> ApiClient:
    with shop.scope():
        make_store(code="hafen")
        jana, ben = make_customer(now=NOW - 9 * DAY), make_customer(now=NOW)
        for customer, days, total in ((jana, 2, 1_000), (jana, 0, 2_001), (ben, 0, 500), (None, 1, 300)):
            make_purchase(customer=customer, total=total, store=shop.store, now=NOW - days * DAY)
        key = make_api_key(scopes=("read",))[1]
    draw_figures(shop.tenant, today=LAST + DAY)
    return ApiClient(shop.tenant, key)


def rate(percent: str | None, part: int, whole: int) -> dict[str, Any]:
    return {"percent": percent, "part": part, "whole": whole}


def test_the_days_that_are_drawn_are_told_with_all_parts(reader: ApiClient) -> None:
    answer = reader.get(f"kpis?from={LAST}&to={LAST}")
    assert answer.status_code == 200
    found = answer.json()
    assert (found["from"], found["to"], found["as_of"], found["window_days"]) == (*[LAST.isoformat()] * 3, 90)
    assert (found["currency"], found["store"]) == ("EUR", None)
    assert found["base"] == {"start": 1, "end": 2, "kept": 1, "new": 1, "returned": 0}
    assert (found["retention"], found["churn"]) == (rate("100.0", 1, 1), rate("0.0", 0, 1))
    assert found["net_change"] == rate("100.0", 1, 1)
    assert found["repeat_rate"] == {"ever": rate("50.0", 1, 2), "in_window": rate("50.0", 1, 2)}
    assert found["frequency"] == {"per_month": "1.5", "purchases": 3, "customers": 2, "days": 30}
    assert found["sales"] == {"purchases": 2, "total": "25.01", "average": "12.51"}
    others = {"purchases": 0, "total": "0.00", "average": None}
    assert found["members_against_others"] == {
        "claim": "association",
        "with_card": {"purchases": 2, "total": "25.01", "average": "12.51"},
        "without_card": others,
    }
    assert found["sign_up"] is None
    assert found["customer_value"] == {"amount": None, "is_rough": True}
    assert found["active_members"] == rate("100.0", 2, 2)
    assert found["enrolments"]["by_source"] == [{"source": "test", "count": 1}]
    assert found["redemption"] == rate("0.0", 0, 350)
    assert found["recommendation"]["would_recommend"] == rate(None, 0, 0)
    assert found["goals"] == []
    unknown = ("running", "margin_percent", "per_100", "per_member_and_month", "left_of_purchase", "extra_visits")
    assert {name: found["programme_cost"][name] for name in unknown} == dict.fromkeys(unknown)


def test_what_was_said_of_costs_makes_cost_and_break_even(reader: ApiClient, shop: Shop) -> None:
    with shop.scope():
        state_cost(margin_percent=40, running=3_044, since=FIRST, actor=SYSTEM, now=NOW)
    assert reader.get(f"kpis?from={FIRST}&to={LAST}").json()["programme_cost"] == {
        "claim": "association",
        "rewards": "0.00",
        # Three of the 30.436875 days of a month.
        "running": "3.00",
        "margin_percent": "40.0",
        "per_100": "8.57",
        "per_member_and_month": "15.22",
        "left_of_purchase": "4.67",
        "purchase_brings": "4.67",
        "extra_visits": "3.3",
        "can_pay": True,
    }
    assert reader.get("kpis?store=hafen").json()["programme_cost"] is None


def test_without_days_it_is_the_last_thirty_that_are_drawn(reader: ApiClient) -> None:
    found = reader.get("kpis").json()
    assert (found["from"], found["to"]) == (FIRST.isoformat(), LAST.isoformat())
    assert found["sign_up"] == rate("75.0", 3, 4)
    assert reader.get(f"kpis?from={LAST}").json()["to"] == LAST.isoformat()
    assert reader.get(f"kpis?to={FIRST}").json()["sales"]["purchases"] == 1


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"from": LAST, "to": FIRST}, "to", "invalid"),
        ({"to": LAST + DAY}, "to", "not_drawn"),
        ({"from": LAST + DAY}, "from", "not_drawn"),
        ({"from": FIRST - DAY}, "from", "not_drawn"),
        ({"from": date.min}, "from", "not_drawn"),
        ({"from": "10.03.2026"}, "from", "invalid"),
        ({"from": "20260310"}, "from", "invalid"),
        ({"to": "2026-02-30"}, "to", "invalid"),
        ({"to": ""}, "to", "invalid"),
        ({"store": "nowhere"}, "store", "unknown_store"),
        ({"since": FIRST}, "since", "invalid"),
    ],
)
def test_what_is_no_period_is_refused_where_it_stands(
    reader: ApiClient, query: dict[str, Any], field: str, code: str
) -> None:
    answer = reader.get("kpis?" + "&".join(f"{name}={value}" for name, value in query.items()))
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["errors"][0]["field"]) == (422, code, field)
    if code == "not_drawn":
        assert (problem["drawn_from"], problem["drawn_to"]) == (FIRST.isoformat(), LAST.isoformat())


def test_a_store_has_its_own_figures_and_none_of_points_and_enrolments(reader: ApiClient) -> None:
    main, harbour = (reader.get(f"kpis?store={code}").json() for code in ("main", "hafen"))
    assert (main["store"], main["sales"]["purchases"], main["base"]["end"]) == ("main", 4, 2)
    assert (harbour["store"], harbour["sales"]["purchases"], harbour["active_members"]) == (
        "hafen",
        0,
        rate("0.0", 0, 2),
    )
    assert [main[name] for name in ("enrolments", "redemption", "breakage")] == [None] * 3


def test_open_goals_stand_beside_their_figures(shop: Shop, other_shop: Shop, reader: ApiClient) -> None:
    with other_shop.scope():
        make_goal_row("churn")
    days = {"due_on": LAST + 60 * DAY, "start_on": FIRST, "figure_on": LAST}
    with shop.scope():
        make_goal_row("frequency", span_days=None, start=Decimal("1.6"), target=2, figure=Decimal("1.5"), **days)
        make_goal_row("average", start=900, target=1_050, figure=Decimal(980), is_off_track=True, **days)
        make_goal_row("churn", store=shop.store, figure=None, **days | {"figure_on": None})
        make_goal_row("repeat", state=Goal.State.MISSED, ended_at=NOW, **days)
    often, average = reader.get("kpis").json()["goals"]
    stated = {"due_on": str(LAST + 60 * DAY), "start_on": str(FIRST), "now_on": str(LAST)}
    assert often == {"figure": "frequency", "start": "1.6", "target": "2.0", "now": "1.5", "on_track": True} | stated
    assert (
        average == {"figure": "average", "start": "9.00", "target": "10.50", "now": "9.80", "on_track": False} | stated
    )
    (there,) = reader.get("kpis?store=main").json()["goals"]
    assert (there["figure"], there["now"], there["now_on"]) == ("churn", None, None)


def test_the_only_store_is_the_shop(shop: Shop) -> None:
    with shop.scope():
        make_purchase(customer=make_customer(), store=None)
        client = ApiClient(shop.tenant, make_api_key(scopes=("read",))[1])
    draw_figures(shop.tenant, today=LAST + DAY)
    found = client.get("kpis?store=main").json()
    assert (found["store"], found["sales"]["purchases"], found["base"]["end"]) == (None, 1, 1)


def test_before_the_first_night_there_are_no_figures(shop: Shop) -> None:
    with shop.scope():
        make_purchase(customer=make_customer())
        client = ApiClient(shop.tenant, make_api_key(scopes=("read",))[1])
    answer = client.get("kpis")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_drawn")


def test_another_shop_sees_its_own_days_and_stores_only(reader: ApiClient, other_shop: Shop) -> None:
    with other_shop.scope():
        make_purchase(customer=make_customer(), total=100)
        stranger = ApiClient(other_shop.tenant, make_api_key(scopes=("read",))[1])
    draw_figures(other_shop.tenant, today=LAST + DAY)
    found = stranger.get("kpis").json()
    assert (found["from"], found["sales"]["total"], found["base"]["end"]) == (LAST.isoformat(), "1.00", 1)
    assert stranger.get("kpis?store=hafen").status_code == 422


def test_only_a_key_that_reads_may_ask(shop: Shop, reader: ApiClient) -> None:
    with shop.scope():
        writer = ApiClient(shop.tenant, make_api_key(scopes=("write", "redeem"))[1])
    assert (writer.get("kpis").status_code, writer.post("kpis", {}).status_code) == (403, 405)
    refused = reader.send("GET", "kpis", b"", Accept="text/csv")
    assert (refused.status_code, refused.json()["code"]) == (406, "not_acceptable")
