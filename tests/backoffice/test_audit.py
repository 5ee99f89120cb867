"""The audit log says in words who did what, and can be searched."""

import re
from pathlib import Path

import pytest
from django.apps import apps as apps_registry
from django.conf import settings
from django.test import Client

from backoffice.views.audit import SHOWN
from backoffice.wording import JOBS, TITLES, TOPICS, WORDS, fact_in_words
from customers.services import change
from events.schedule import jobs
from events.services import publish
from team.queries import member_actor
from tenants.roles import SYSTEM
from tests.clients import ApiClient, signed_in
from tests.factories import NOW, Shop, make_api_key, make_customer, make_device, make_member, make_purchase

PUBLISHED = re.compile(r'(?:publish|publish_many|announce)\(\s*"([a-z_.]+)"')


def test_every_event_that_the_product_publishes_has_a_title_and_a_topic() -> None:
    apps = (config.path for config in apps_registry.get_app_configs() if Path(config.path).parent == settings.BASE_DIR)
    sources = (path.read_text() for app in apps for path in Path(app).rglob("*.py"))
    names = {name for source in sources for name in PUBLISHED.findall(source)}
    assert names
    assert names - TITLES.keys() == set()
    assert {name.partition(".")[0] for name in names} - TOPICS.keys() == set()


def test_every_nightly_job_has_a_name() -> None:
    assert jobs().keys() == JOBS.keys()


@pytest.fixture
def owner(shop: Shop) -> Client:
    with shop.scope():
        member = make_member(role="owner", name="Selin")
        customer = make_customer(name="Jana Krüger")
        change(customer=customer, actor=member_actor(member), now=NOW, name="Jana Vogel")
        make_purchase(customer=customer, now=NOW)
        make_device(store=shop.store)
        _, key = make_api_key()
    ApiClient(shop.tenant, key).post("customers", {"name": "Ben"})
    return signed_in(member.user, shop.tenant)


def titles(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/backoffice/audit/{query}").content.decode()
    return re.findall(r'<th scope="row"><b>([^<]+)</b>', page)


@pytest.mark.django_db
def test_the_log_tells_who_did_what_without_naming_customers(owner: Client, other_shop: Shop) -> None:
    page = owner.get("/backoffice/audit/").content.decode()
    assert titles(owner)[0] == "Kunde angemeldet"
    for word in ("Selin", "Kasse", "System"):
        assert word in page
    assert "Krüger" not in page
    assert "Vogel" not in page


@pytest.mark.django_db
def test_the_log_is_searched_by_topic_person_and_day(owner: Client, shop: Shop) -> None:
    assert set(titles(owner, "?topic=purchase")) == {"Einkauf gebucht"}
    with shop.scope():
        selin = member_actor(make_member(role="owner")).id
        assert selin is not None
    assert titles(owner, f"?who=member:{selin - 1}") == ["Kundendaten geändert"]
    assert titles(owner, "?since=2999-01-01") == []
    assert titles(owner, "?until=1999-01-01") == []
    assert len(titles(owner, "?since=2026-03-10&until=2026-03-10&topic=purchase")) == 1
    assert titles(owner, "?topic=nonsense&before=x")


def test_no_fact_is_shown_as_a_code() -> None:
    """Every code that an event can hold has its words; what is a number says of what."""
    for key in SHOWN:
        for code in WORDS.get(key, {}):
            assert fact_in_words(key, [code] if key in ("fields", "scopes") else code) not in ("", code)
    assert fact_in_words("scopes", ["read", "redeem"]).count(",") >= 1
    assert [fact_in_words(key, 1_234) for key in ("points", "rows", "recorded", "refused", "version")] == [
        *("1.234 Punkte", "1.234 Zeilen", "1.234 übernommen", "1.234 abgelehnt", "Fassung 1234")
    ]


@pytest.mark.django_db
def test_mails_that_could_not_be_sent_are_seen_under_operations(owner: Client, shop: Shop) -> None:
    assert "Nicht zugestellte E-Mails" not in owner.get("/backoffice/operations/").content.decode()
    with shop.scope():
        publish("mail.failed", actor=SYSTEM, mail="send_invitation")
    page = owner.get("/backoffice/operations/").content.decode()
    assert "Nicht zugestellte E-Mails" in page
    assert "Einladung ins Team" in page
