"""Does it pay, what do invitations bring, would customers recommend the shop: figures with sums, counts for few."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.kpis import Period
from analytics.loyalty import loyalty
from analytics.overview import window
from analytics.programme import Programme, programme
from analytics.rollups.nightly import draw_figures
from analytics.stating import state_cost
from customers.models import Customer
from feedback.models import Response
from ledger.liability import state_point_value
from programs.customer_stats import mark
from rewards.redeeming import use_voucher
from tenants.roles import SYSTEM
from tests.analytics.regulars import make_regulars
from tests.clients import signed_in
from tests.factories import (
    Shop,
    give_points,
    make_member,
    make_purchase,
    make_redemption,
    make_reward,
    make_store,
    today,
)

pytestmark = pytest.mark.django_db
ROOM = "/backoffice/reports/"
DAY = timedelta(days=1)


def desk(shop: Shop, role: str = "analyst") -> Client:
    with shop.scope():
        return signed_in(make_member(role=role).user, shop.tenant)


def text(client: Client, path: str) -> str:
    """What stands on the page, without tags."""
    page = client.get(ROOM + path).content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())


def file(client: Client, path: str) -> list[str]:
    return b"".join(client.get(ROOM + path)).decode().splitlines()


def say(shop: Shop, *, margin: int = 60, running: int = 3_000) -> None:
    with shop.scope():
        since = today() - 300 * DAY
        state_cost(margin_percent=margin, running=running, since=since, actor=SYSTEM, now=timezone.now())


def now_of(shop: Shop, *, days: int = 90) -> Programme:
    with shop.scope():
        drawn = window()
        assert drawn.last is not None
        found = loyalty([Period.ending(drawn.last, days=days)], window_days=drawn.days)
        return programme(found, is_of_shop=True)[0]


@pytest.fixture
def busy(shop: Shop, other_shop: Shop) -> Shop:
    """Forty customers in two stores, who redeem and answer; sales without a card; next door there are three."""
    now = timezone.now()
    with shop.scope():
        stores = [shop.store, make_store(code="hafen")]
    make_regulars(shop, 40, stores=stores, days=240, now=now)
    make_regulars(other_shop, 3, stores=[other_shop.store], days=60, now=now)
    with shop.scope():
        state_point_value(per_hundred=50, actor=SYSTEM, now=now - 100 * DAY)
        cappuccino = make_reward(now=now - 60 * DAY)
        for number, guest in enumerate(Customer.objects.order_by("pk")):
            make_purchase(customer=None, total=400, store=shop.store, now=now - (1 + number) * DAY)
            opine(guest, (10, 9, 9, 3)[number % 4], days=number + 1)
            if number < 3:
                give_points(guest, 600, now=now - 50 * DAY)
                taken = make_redemption(customer=guest, reward=cappuccino, now=now - 20 * DAY)
                use_voucher(redemption=taken, actor=SYSTEM, now=now - 19 * DAY)
        mark([(None, today() - number * DAY) for number in range(1, 60)])
    draw_figures(shop.tenant, today=today())
    return shop


def opine(guest: Customer, score: int, *, days: int) -> None:
    at = timezone.now() - days * DAY
    Response.objects.create(customer=guest, channel="email", asked_at=at, score=score, answered_at=at)


def test_cost_and_break_even_stand_with_the_shops_own_sums(busy: Shop) -> None:
    client = desk(busy)
    page = text(client, "programme/")
    assert "Zwei Angaben von Ihnen fehlen" in page
    assert "reports/entries/" not in client.get(f"{ROOM}programme/").content.decode()
    say(busy)
    now = now_of(busy)
    assert now.cost is not None
    assert now.extra_visits is not None
    page = text(client, "programme/")
    visits = f"{now.extra_visits:.1f}".replace(".", ",")
    assert f"lohnt sich ab {visits} Besuchen mehr im Monat" in page
    assert "Zusammenhang, nicht Wirkung" in page
    for name in ("cost", "break_even", "redemption", "owed", "sign_up"):
        assert "So wird gerechnet" in text(client, f"programme/?show={name}"), name
    explained = text(client, "programme/?show=break_even")
    assert f"÷ {now.active}" in explained
    assert "60,0" in explained
    assert "reports/entries/" in desk(busy, "manager").get(f"{ROOM}programme/").content.decode()


def test_files_hold_what_the_page_shows(busy: Shop) -> None:
    client = desk(busy)
    say(busy)
    now = now_of(busy)
    last = file(client, "programme/export/")[-1].split(";")
    assert last[0].strip('"') == now.period.last.isoformat()
    assert str(now.sales.card_purchases) in last
    months = file(client, "programme/months/")
    assert "kein" in months[0] or "nicht" in months[0] or "keine" in months[0]
    assert sum(int(row.split(";")[3].strip('"')) for row in months[1:]) == now.sales.others == 40
    answers = file(client, "satisfaction/export/")[-1]
    assert ";40;30;0;10;50;" in answers.replace('"', "")


def test_of_one_store_there_is_what_a_store_knows(busy: Shop) -> None:
    say(busy)
    client = desk(busy)
    page = text(client, "programme/?store=hafen")
    assert "für das ganze Unternehmen" in page
    assert "Kosten je" not in page
    # What is chosen on one page holds for the others.
    assert "· Hafen" in text(client, "satisfaction/")
    assert "· Hafen" in text(client, "")


def test_satisfaction_is_a_score_with_answers_and_range(busy: Shop) -> None:
    client = desk(busy)
    page = text(client, "satisfaction/?show=recommendation")
    assert "40 Antworten, Spanne" in page
    assert "75,0" in page
    assert "50 %" not in page
    with busy.scope():
        Response.objects.filter(score=10).update(score=None, answered_at=None)
        keep = list(Response.objects.filter(score=9).values_list("pk", flat=True)[:4])
        Response.objects.exclude(pk__in=keep).update(score=None, answered_at=None)
    few = text(client, "satisfaction/")
    assert "4 Antworten im Zeitraum" in few
    assert "%" not in few


def test_the_share_of_referrals_is_one_of_enough_enrolments(busy: Shop) -> None:
    client = desk(busy)
    page = text(client, "referrals/?days=365")
    assert "0 von 40 Anmeldungen" in page
    assert "0,0" in page
    assert "So wird gerechnet" in text(client, "referrals/?show=quota")


def test_a_small_shop_reads_no_rates_and_a_new_one_what_will_come(other_shop: Shop, shop: Shop) -> None:
    make_regulars(other_shop, 3, stores=[other_shop.store], days=60, now=timezone.now())
    few = desk(other_shop)
    page = text(few, "programme/")
    assert "%" not in page
    assert "NaN" not in page
    assert "Einlösequote" not in page
    say(other_shop)
    assert "Besuchen mehr im Monat" in text(few, "programme/")
    for tab in ("referrals/", "satisfaction/"):
        assert "in diesem Zeitraum" in text(few, tab)
    new = desk(shop)
    for tab in ("programme/", "referrals/", "satisfaction/"):
        assert "Ihre ersten Zahlen" in text(new, tab)
    assert new.get(f"{ROOM}programme/export/").status_code == 404
    assert new.get(f"{ROOM}satisfaction/export/").status_code == 404


def test_tabs_ask_as_often_for_a_year_as_for_a_month(busy: Shop) -> None:
    say(busy)
    client = desk(busy)
    for tab, most in (("programme/", 26), ("referrals/", 30), ("satisfaction/", 16)):
        client.get(ROOM + tab)
        counted = []
        for days in (30, 90, 365):
            client.get(f"{ROOM}{tab}?days={days}")
            with CaptureQueriesContext(connection) as asked:
                client.get(ROOM + tab)
            counted.append(len(asked))
        assert len(set(counted)) == 1, (tab, counted)
        assert counted[0] <= most, (tab, counted)
