"""The first page shows how today is going, and what a new shop still has to do."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.groups import Group
from analytics.models import CustomerScore, DayFigures
from analytics.stating import state_cost
from backoffice.charts import axis, lines
from backoffice.views.start.steps import about
from customers.models import Consent, Customer
from programs.services import void_purchase
from team.queries import till_actor
from tenants.roles import SYSTEM
from tests.analytics.regulars import make_regulars
from tests.clients import browser, signed_in
from tests.factories import (
    NOW,
    Shop,
    make_customer,
    make_device,
    make_member,
    make_purchase,
    make_reward,
    publish_legal_texts,
    today,
)

pytestmark = pytest.mark.django_db


def left_to_do(page: str) -> int:
    return page.count('class="setup__mark"')


def figures(page: str) -> list[str]:
    """Of today."""
    section = page.partition('<dl class="rows today">')[2]
    return [re.sub(r"\s+", " ", found).strip() for found in re.findall(r"<dd>([^<]+)", section)]


def text(client: Client, query: str = "") -> str:
    """What stands on the page, without tags."""
    page = client.get(f"/backoffice/{query}").content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())


def score(customer: Customer, group: Group) -> None:
    CustomerScore.objects.create(customer=customer, group=group, recency=2, frequency=3, money=3, gap_days=7)


def sell_without_card() -> None:
    """Thirty a month for half a year, at five euros each, outside of all stores."""
    months = [today().replace(day=1) - timedelta(days=30 * number) for number in range(1, 7)]
    DayFigures.objects.bulk_create(
        DayFigures(day=day, purchases=30, total=15_000) for day in sorted({month.replace(day=2) for month in months})
    )


@pytest.fixture
def busy(shop: Shop, other_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Forty customers, in a product to which forty are many; next door there are three."""
    for module in ("analytics.loyalty", "backoffice.views.start.cards", "backoffice.views.start.page"):
        monkeypatch.setattr(f"{module}.MANY", 40)
    monkeypatch.setattr("analytics.comparison.ENOUGH", 5)
    make_regulars(shop, 40, stores=[shop.store], days=240, now=timezone.now())
    make_regulars(other_shop, 3, stores=[other_shop.store], days=60, now=timezone.now())
    return shop


def test_the_list_of_things_to_do_ends_with_the_first_real_credit(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        owner = make_member(role="owner")
        client = signed_in(owner.user, shop.tenant)
        assert left_to_do(client.get("/backoffice/").content.decode()) == 6, "the programme has started"
        publish_legal_texts()
        make_reward()
        mia = make_member(role="staff", pin="4711")
        device, _ = make_device(store=shop.store)
        jana = make_customer()
        page = client.get("/backoffice/").content.decode()
        assert left_to_do(page) == 1
        make_purchase(customer=jana, actor=till_actor(mia, device), now=timezone.now())
        assert left_to_do(client.get("/backoffice/").content.decode()) == 0
    with other_shop.scope():
        foreign = signed_in(make_member(role="owner").user, other_shop.tenant)
    assert left_to_do(foreign.get("/backoffice/").content.decode()) == 6


def test_today_counts_purchases_with_a_card_that_still_stand(shop: Shop) -> None:
    now = timezone.now()
    with shop.scope():
        client = signed_in(make_member(role="analyst").user, shop.tenant)
        jana = make_customer(now=now)
        make_purchase(customer=jana, total=1_000, now=now)
        make_purchase(customer=None, total=9_900, now=now)
        voided = make_purchase(customer=jana, total=5_000, now=now)
        void_purchase(purchase=voided.purchase, actor=SYSTEM, now=now)
    assert figures(client.get("/backoffice/").content.decode())[:4] == ["1", "10,00 €", "100", "1"]


def test_the_latest_bookings_lead_to_their_customers(shop: Shop, other_shop: Shop) -> None:
    now = timezone.now()
    with other_shop.scope():
        make_purchase(customer=make_customer(name="Zoe Fremd", now=now), now=now)
    with shop.scope():
        client = signed_in(make_member(role="analyst").user, shop.tenant)
        jana = make_customer(name="Jana Krüger", now=now)
        voided = make_purchase(customer=jana, total=5_000, store=shop.store, now=now)
        void_purchase(purchase=voided.purchase, actor=SYSTEM, now=now)
        make_purchase(customer=jana, total=800, now=now - timedelta(days=7))
    page = client.get("/backoffice/").content.decode()
    assert f"/backoffice/customers/{jana.public_id}/" in page
    assert 'class="is-void"' in page
    assert "Zoe" not in page
    assert re.search(r"vor einer Woche um diese Zeit: 8,00", page)


def test_staff_is_led_to_the_till(shop: Shop) -> None:
    with shop.scope():
        client = signed_in(make_member(role="staff").user, shop.tenant)
    assert client.get("/backoffice/").headers["Location"] == "/checkout/"


def test_a_page_that_asks_for_news_after_the_session_moves_to_the_sign_in(shop: Shop) -> None:
    """A redirect to another host would be refused by the browser, and the page would stand still."""
    answer = browser(shop.host).get("/backoffice/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].endswith(f"://{settings.BASE_DOMAIN}/shops/")
    assert "Location" not in answer.headers


def desk(shop: Shop, role: str = "owner") -> Client:
    with shop.scope():
        return signed_in(make_member(role=role).user, shop.tenant)


def test_the_programme_stands_in_a_sentence_with_one_thing_to_do(busy: Shop) -> None:
    with busy.scope():
        leaving = list(Customer.objects.order_by("pk")[:3])
        for customer in leaving:
            score(customer, Group.AT_RISK)
        Customer.objects.filter(pk=leaving[0].pk).update(email="gast@example.org", email_confirmed_at=NOW)
        Consent.objects.create(
            customer=leaving[0], channel="email", address="gast@example.org", requested_at=NOW, confirmed_at=NOW
        )
    client = desk(busy, "analyst")
    page = client.get("/backoffice/").content.decode()
    assert "keine Prämie eingelöst" in text(client)
    with busy.scope():
        newest = DayFigures.objects.order_by("day").last()
        assert newest is not None
        DayFigures.objects.filter(pk=newest.pk).update(redemptions=12, reward_cost=900)
    said = text(client)
    assert re.search(r"Prämien kosten \S+ € je 100 € Umsatz mit Karte\.", said)
    assert "3 Kunden drohen abzuwandern; 1 davon ist per E-Mail erreichbar." in said
    address = re.search(r'href="([^"]+group=2[^"]*)"', page)
    assert address
    listed = client.get(unescape(address[1])).content.decode()
    assert f"/backoffice/customers/{leaving[0].public_id}/" in listed
    assert f"/backoffice/customers/{leaving[1].public_id}/" not in listed
    with busy.scope():
        state_cost(margin_percent=60, running=4_900, since=today(), actor=SYSTEM, now=timezone.now())
    assert re.search(
        r"Kostet \S+ € je 100 € Umsatz mit Karte; lohnt sich ab \S+ Besuchen mehr im Monat\.", text(client)
    )
    explained = text(client, "?show=cost")
    assert re.search(r"Laufende Kosten \+ 48,\d\d €", explained)
    assert re.search(r"Lohnt sich ab \S+ Besuchen", explained)
    assert "Kohorte" not in said
    assert "RFM" not in said
    assert "Prozentpunkt" not in said


def test_each_figure_has_its_change_and_is_explained_in_place(busy: Shop) -> None:
    client = desk(busy, "analyst")
    said = text(client)
    for title in ("Mitglieder", "Anmeldungen", "Eingelöste Prämien", "Offene Punkte"):
        assert f"{title} {title}: " in said, "each with a way to its explanation"
    assert re.search(r"Mitglieder: [^?]+\? 40 ", said)
    assert "so viel wie vor 30 Tagen" in said
    assert "so viel wie vor 90 Tagen" in text(client, "?days=90")
    assert "so viel wie vor 90 Tagen" in text(client), "what is chosen stays"
    for name in ("members", "enrolments", "redemptions", "owed"):
        assert "So wird gerechnet" in text(client, f"?show={name}")


def test_members_stand_beside_others_as_an_association(busy: Shop) -> None:
    client = desk(busy, "analyst")
    assert "ohne Karte" not in text(client), "where no till reports the others there is nothing to compare"
    assert client.get("/backoffice/start/cards/export/").status_code == 404
    with busy.scope():
        sell_without_card()
    said = text(client)
    assert "Zusammenhang, nicht Wirkung." in said
    assert re.search(r"Mit Karte \S+ € je Einkauf, ohne Karte 5,00 €", said)
    rows = b"".join(client.get("/backoffice/start/cards/export/")).decode().splitlines()
    assert "Zusammenhang" in rows[0]
    assert any(row.endswith('"5,00";30') for row in rows)


def test_the_file_says_what_the_page_says(busy: Shop) -> None:
    client = desk(busy, "analyst")
    rows = b"".join(client.get("/backoffice/start/export/")).decode().splitlines()
    assert any(re.match(r'"Mitglieder";40;\d+', row) for row in rows)
    assert not any("Gast" in row for row in rows)
    course = b"".join(client.get("/backoffice/start/course/export/")).decode().splitlines()
    assert len(course) == 13, "a heading and twelve months"
    assert '"Mitglieder"' in course[0]
    assert re.match(r'"?\d{4}-\d\d-\d\d"?;40;', course[-1])


def test_a_small_shop_is_counted_in_plain_words(shop: Shop) -> None:
    make_regulars(shop, 3, stores=[shop.store], days=60, now=timezone.now())
    said = text(desk(shop, "analyst"))
    assert "Mitglieder 3" in said
    assert "Ab 200 Kunden" in said
    assert "%" not in said
    assert "mehr als" not in said
    assert desk(shop, "analyst").get("/backoffice/start/course/export/").status_code == 404


def test_before_the_first_night_members_are_counted_and_the_rest_is_announced(shop: Shop) -> None:
    client = desk(shop, "analyst")
    assert "Am Morgen nach dem ersten Einkauf" not in text(client), "of nobody nothing is said"
    assert client.get("/backoffice/start/export/").status_code == 404
    with shop.scope():
        make_customer(now=timezone.now())
    said = text(client)
    assert "Mitglieder 1" in said
    assert "Am Morgen nach dem ersten Einkauf" in said


def test_the_page_reads_what_the_night_has_drawn_however_large_the_shop_is(busy: Shop) -> None:
    with busy.scope():
        sell_without_card()
    client = desk(busy)
    client.get("/backoffice/")

    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            client.get("/backoffice/")
        return [query["sql"] for query in captured]

    few = asked()
    with busy.scope():
        for number in range(20):
            make_purchase(customer=make_customer(name=f"Neu {number}"), now=timezone.now())
            score(Customer.objects.order_by("-pk")[0], Group.AT_RISK)
    many = asked()
    assert len(few) <= 60
    # Of purchases only those of a day, and whether there are any.
    scans = [sql for sql in many if '"programs_purchase"' in sql and "recorded_at" not in sql and "LIMIT 1" not in sql]
    assert scans == []
    assert len(many) <= len(few) + 3, "the stats of who is at risk, and their count"


def test_an_axis_begins_at_zero_and_ends_in_a_round_step() -> None:
    assert axis(640) == [800, 600, 400, 200, 0]
    assert axis(800) == [800, 600, 400, 200, 0]
    assert axis(45_321) == [60_000, 40_000, 20_000, 0]
    gap, whole = lines([0, None, 100, 50], [100, 100, 100, 100], top=100)
    assert gap.path == "M75.0 160.0M375.0 0.0L525.0 80.0"
    assert whole.end == "M525.0 0.0h0"


def test_estimates_have_two_figures(shop: Shop) -> None:
    with shop.scope():
        said = [about(minor).replace("\u202f", " ") for minor in (128_740, 8_749, 550, 49, 0)]
    assert said == ["1.300 €", "87 €", "6 €", "0 €", "0 €"]
