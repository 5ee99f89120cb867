"""How customers stay: figures with the shop's own numbers for many customers, counts for few, a word for none."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.kpis import Period
from analytics.loyalty import Loyalty, loyalty
from analytics.overview import window
from analytics.rollups.nightly import draw_figures
from backoffice.charts import dots, spark
from backoffice.views.reports.retention import COHORTS, MONTHS
from tests.analytics.regulars import make_regulars
from tests.clients import signed_in
from tests.factories import Shop, make_customer, make_member, make_purchase, make_store, today

pytestmark = pytest.mark.django_db
PAGE = "/backoffice/reports/"


def desk(shop: Shop, role: str = "analyst") -> Client:
    with shop.scope():
        return signed_in(make_member(role=role).user, shop.tenant)


def text(client: Client, query: str = "") -> str:
    """What stands on the page, without tags."""
    page = client.get(PAGE + query).content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())


def found(shop: Shop, *, days: int = 90) -> Loyalty:
    with shop.scope():
        drawn = window()
        assert drawn.last is not None
        return loyalty([Period.ending(drawn.last, days=days)], window_days=drawn.days)[0]


@pytest.fixture
def busy(shop: Shop, other_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Forty customers in two stores, in a product to which forty are many; next door there are three."""
    monkeypatch.setattr("analytics.loyalty.MANY", 40)
    monkeypatch.setattr("analytics.loyalty.ENOUGH", 5)
    now = timezone.now()
    with shop.scope():
        stores = [shop.store, make_store(code="hafen")]
    make_regulars(shop, 40, stores=stores, days=240, now=now)
    make_regulars(other_shop, 3, stores=[other_shop.store], days=60, now=now)
    return shop


def test_each_figure_stands_with_its_change_and_is_explained_with_the_shops_own_numbers(busy: Shop) -> None:
    client, now = desk(busy), found(busy)
    page = text(client)
    for title in ("Kundenbindungsrate", "Abwanderungsrate", "Wiederkaufrate (90 Tage)", "Kundenwert (grob)"):
        assert title in page
    # A period stands against a period, what is of a day against another day.
    assert {"in den 90 Tagen davor", "als vor 90 Tagen"} <= set(
        re.findall("in den 90 Tagen davor|als vor 90 Tagen", page)
    )
    assert "So wird gerechnet" not in page
    assert "Wer nach dem ersten Monat wiederkommt" in page or "Neuere Kunden" in page
    stays = round(now.base.retention.percent or Decimal(0))
    explained = text(client, "?show=retention")
    assert f"sind heute {stays} noch aktiv" in explained
    assert f"{now.base.kept} ÷ {now.base.start} {str(now.retention).replace('.', ',')}" in explained
    for name in ("churn", "repeat", "frequency", "average", "value"):
        assert "So wird gerechnet" in text(client, f"?show={name}")


def test_a_young_shop_is_told_over_how_many_days_it_is_counted(
    shop: Shop, other_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.loyalty.MANY", 40)
    monkeypatch.setattr("analytics.loyalty.ENOUGH", 5)
    for each, days in ((shop, 50), (other_shop, 200)):
        make_regulars(each, 40, stores=[each.store], days=days, now=timezone.now())
    counted = found(shop).lately_days
    assert 49 <= counted <= 51
    assert f"Über {counted} Tage, weil es keine älteren Verkäufe gibt" in text(desk(shop), "?show=frequency")
    older = text(desk(other_shop), "?show=frequency")
    assert "Immer über die 90 Tage" in older
    assert "weil es keine älteren Verkäufe gibt" not in older


def test_what_is_chosen_stays_until_something_else_is(busy: Shop) -> None:
    client = desk(busy)
    assert "in den 90 Tagen davor" in text(client)
    assert "in den 30 Tagen davor" in text(client, "?days=30")
    assert "in den 30 Tagen davor" in text(client)
    client.get(f"{PAGE}?against=year&store=hafen")
    page = text(client)
    assert "· Hafen" in page
    assert "alle Filialen" in text(client, "?store=")
    # What is no choice changes nothing.
    assert "alle Filialen" in text(client, "?days=31&against=never&store=nowhere&show=everything")


def test_all_files_say_what_the_page_says(busy: Shop) -> None:
    client, now = desk(busy), found(busy)
    everything = b"".join(client.get(f"{PAGE}export/")).decode()
    assert f"{now.base.kept};{now.base.start}" in everything
    # A store of twenty has counts and no rates.
    assert client.get(f"{PAGE}export/?store=hafen").status_code == 404
    assert '"";"";"";""' in b"".join(client.get(f"{PAGE}course/export/")).decode()
    client.get(f"{PAGE}?store=")
    rows = b"".join(client.get(f"{PAGE}course/export/")).decode().splitlines()
    assert "Kundenbindungsrate in Prozent" in rows[0]
    assert rows[-1].startswith(f'"{now.period.last}";{now.base.end};{now.base.start};{now.base.kept};')
    cohorts = b"".join(client.get(f"{PAGE}cohorts/export/")).decode().splitlines()
    assert 6 < len(cohorts) <= 1 + COHORTS * MONTHS
    assert cohorts[-1].endswith('"ja"') or today().day == 1


def test_few_customers_are_counted_and_make_no_rates(shop: Shop) -> None:
    make_regulars(shop, 3, stores=[shop.store], days=60, now=timezone.now())
    client = desk(shop)
    page = text(client)
    assert "Kunden mit Einkauf 3" in page
    assert "war noch niemand aktiv" in page
    assert "%" not in page
    assert "Ab 200 Kunden" in page
    assert client.get(f"{PAGE}cohorts/export/").status_code == 404
    assert client.get(f"{PAGE}export/").status_code == 404
    row = b"".join(client.get(f"{PAGE}course/export/")).decode().splitlines()[-1]
    assert row.count('""') == 5


def test_a_shop_without_a_night_or_a_purchase_is_told_what_will_come(shop: Shop) -> None:
    client = desk(shop)
    assert "Ihre ersten Zahlen" in text(client)
    with shop.scope():
        make_customer()
    draw_figures(shop.tenant, today=today())
    assert "Ihre ersten Zahlen" in text(client)
    assert client.get(f"{PAGE}course/export/").status_code == 404


def test_anonymous_sales_alone_make_no_customers(shop: Shop) -> None:
    with shop.scope():
        make_purchase(customer=None, now=timezone.now() - timedelta(days=3))
    draw_figures(shop.tenant, today=today())
    assert "Ihre ersten Zahlen" in text(desk(shop))


def test_the_page_asks_as_often_for_a_year_as_for_a_month(busy: Shop) -> None:
    client = desk(busy)
    client.get(PAGE)
    counted = []
    for days in (30, 90, 365):
        client.get(f"{PAGE}?days={days}")
        with CaptureQueriesContext(connection) as asked:
            client.get(f"{PAGE}?show=value")
        counted.append(len(asked))
    assert len(set(counted)) == 1
    assert counted[0] <= 20


def test_a_course_needs_three_points_in_a_row_and_a_flat_one_lies_in_the_middle() -> None:
    assert spark([None, Decimal(1), Decimal(2)]) is None
    assert spark([Decimal(1), None, Decimal(2), Decimal(3)]) is None
    course = spark([None, Decimal(1), Decimal(2), Decimal(3)])
    assert course is not None
    assert course.line == "4.0,30.0 42.0,17.0 80.0,4.0"
    flat = spark([Decimal(5)] * 3)
    assert flat is not None
    assert flat.end_y == "17.0"


def test_a_hundred_dots_are_full_or_empty() -> None:
    assert [path.count("M") for path in (dots(68).full, dots(68).empty)] == [68, 32]
    assert (dots(0).full, dots(100).empty) == ("", "")
