"""The list of customers as members use it: searching leaves no name in an address, a download leaves a trace."""

import csv
import re
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils.html import escape

from analytics.groups import Group
from analytics.models import CustomerScore
from customers.models import Consent, Customer
from events.delivery import deliver, relay_events
from events.models import Event
from tests.clients import signed_in
from tests.factories import NOW, Shop, make_customer, make_member, make_purchase

pytestmark = pytest.mark.django_db
LIST = "/backoffice/customers/"


@pytest.fixture
def owner(shop: Shop) -> Client:
    with shop.scope():
        return signed_in(make_member(role="owner").user, shop.tenant)


def names_on(page: Any) -> list[str]:
    return re.findall(r'<a href="/backoffice/customers/[0-9a-f-]{36}/">([^<]+)</a>', page.content.decode())


def download(client: Client, query: str = "") -> list[list[str]]:
    answer = client.post(f"{LIST}export/{query}")
    text = b"".join(answer).decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline=""), delimiter=";"))


def test_a_search_leads_to_an_address_without_the_name(owner: Client, shop: Shop) -> None:
    with shop.scope():
        for name in ("Jana Krüger", "Tom Weber"):
            make_customer(name=name)
    answer = owner.post(LIST, {"q": "Krüg"})
    assert answer.status_code == 302
    address = answer.headers["Location"]
    assert re.fullmatch(r"/backoffice/customers/\?search=[A-Z0-9]{8}", address)
    page = owner.get(address)
    assert names_on(page) == ["Jana Krüger"]
    assert 'value="Krüg"' in page.content.decode()


def test_a_search_keeps_filters_and_order_and_filters_keep_the_search(owner: Client, shop: Shop) -> None:
    with shop.scope():
        for name, email in (("Jana A", "a@example.org"), ("Jana B", ""), ("Jana C", "c@example.org")):
            make_customer(name=name, email=email)
    address = owner.post(LIST, {"q": "jana", "email": "yes", "sort": "name"}).headers["Location"]
    page = owner.get(address)
    assert names_on(page) == ["Jana A", "Jana C"]
    without = re.search(r'class="fchip" href="([^"]+)"', page.content.decode())
    assert without
    assert names_on(owner.get(without[1].replace("&amp;", "&"))) == ["Jana A", "Jana B", "Jana C"]


def test_somebody_else_s_search_is_nobody_s_business(owner: Client, shop: Shop) -> None:
    with shop.scope():
        make_customer(name="Jana")
        make_customer(name="Tom")
        colleague = signed_in(make_member(role="manager").user, shop.tenant)
    address = owner.post(LIST, {"q": "jana"}).headers["Location"]
    assert names_on(colleague.get(address)) == ["Tom", "Jana"]
    assert "jana" not in colleague.get(address).content.decode()


def test_a_filter_that_is_none_is_named_at_its_field_and_what_was_typed_stays(owner: Client, shop: Shop) -> None:
    with shop.scope():
        make_customer(name="Jana")
    page = owner.post(LIST, {"q": "jana", "away": "many", "tier": "gold"})
    assert page.status_code == 200
    text = page.content.decode()
    assert 'href="#id_away"' in text
    assert 'value="many"' in text
    assert 'value="jana"' in text
    assert '<option value="gold" selected>' in text
    assert names_on(owner.get(f"{LIST}?away=many&tag=x&since=yesterday&after=y&search=z")) == ["Jana"]


def test_pages_keep_what_was_asked_for(owner: Client, shop: Shop) -> None:
    with shop.scope():
        for number in range(55):
            make_customer(name=f"Schäfer {number:02}")
        make_customer(name="Tom")
    address = owner.post(LIST, {"q": "schäf", "sort": "name"}).headers["Location"]
    first = owner.get(address)
    following = re.search(r'href="([^"]+)" rel="next"', first.content.decode())
    assert following
    second = owner.get(following[1].replace("&amp;", "&"))
    assert names_on(first) + names_on(second) == [f"Schäfer {number:02}" for number in range(55)]


def test_a_download_has_everybody_on_the_list_and_no_formula(owner: Client, shop: Shop) -> None:
    with shop.scope():
        jana = make_customer(name="=HYPERLINK(1)", email="jana@example.org", phone="0151 1234567", birthday="05-17")
        make_purchase(customer=jana, total=60_000)
        Consent.objects.create(customer=jana, channel="email", requested_at=NOW, confirmed_at=NOW)
        make_customer(name="Tom")
    head, *rows = download(owner)
    assert [row[head.index("Name")] for row in rows] == ["Tom", "'=HYPERLINK(1)"]
    line = dict(zip(head, rows[1], strict=True))
    assert line["Kundennummer"] == jana.number
    assert (line["E-Mail"], line["Telefon"], line["Geburtstag"]) == ("jana@example.org", "'+491511234567", "05-17")
    assert (line["Stufe"], line["Punkte"], line["Letzter Einkauf"]) == ("Gold", "6000", "2026-03-10")
    assert (line["Status"], line["Einwilligungen"], line["Mitglied seit"]) == ("aktiv", "E-Mail", "2026-03-10")
    assert [row[head.index("Name")] for row in download(owner, "?email=no")[1:]] == ["Tom"]


def test_a_long_list_is_sent_in_parts_and_complete(owner: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.views.customers.listing.CHUNK", 3)
    with shop.scope():
        numbers = {make_customer().number for _ in range(7)}
    assert {row[0] for row in download(owner)[1:]} == numbers


def test_a_download_is_in_the_audit_log_without_the_search_and_the_owner_is_told(
    owner: Client, shop: Shop, other_shop: Shop
) -> None:
    with other_shop.scope():
        make_member(role="owner", name="Elsewhere")
    with shop.scope():
        make_customer(name="Jana")
        make_member(role="owner", name="Another one")
        manager = make_member(role="manager", name="Tom")
        client = signed_in(manager.user, shop.tenant)
    address = client.post(LIST, {"q": "jana", "email": "no"}).headers["Location"]
    assert len(download(client, address.removeprefix(LIST))) == 2
    with shop.scope():
        event = Event.objects.get(name="customer.list_exported")
        assert event.payload == {"rows": 1, "filters": ["email"], "searched": True}
        assert event.actor == f"member:{manager.pk}"
        fresh, _ = relay_events(now=NOW)
    for delivery_id, attempt in fresh:
        deliver(tenant=shop.tenant, delivery_id=delivery_id, attempt=attempt, now=NOW)
    with shop.scope():
        owners = [row.user.email for row in _owners()]
    (message,) = mail.outbox
    assert message.to == owners
    assert len(owners) == 2
    assert "Tom" in message.body
    assert "jana" not in message.body.lower()
    assert str(event.pk) in message.body


def _owners() -> Any:
    from team.queries import owners

    return owners()


def test_a_list_that_is_too_long_is_not_handed_out(owner: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("customers.downloads.ROWS_AT_MOST", 1)
    with shop.scope():
        make_customer()
        make_customer()
    answer = owner.post(f"{LIST}export/?email=no", follow=True)
    assert escape("Eine Datei fasst höchstens 1 Kunden.") in answer.content.decode()
    with shop.scope():
        assert not Event.objects.filter(name="customer.list_exported").exists()
        assert Customer.objects.count() == 2


@pytest.mark.parametrize("role", ["analyst", "staff"])
def test_who_only_reads_takes_nothing_along(shop: Shop, role: str) -> None:
    with shop.scope():
        make_customer()
        client = signed_in(make_member(role=role).user, shop.tenant)
    assert "CSV" not in client.get(LIST).content.decode()
    assert client.post(f"{LIST}export/").status_code == 403


def test_the_list_and_its_file_are_narrowed_by_group_and_by_who_can_be_reached(owner: Client, shop: Shop) -> None:
    with shop.scope():
        for name, group in (("Jana", Group.AT_RISK), ("Tom", Group.AT_RISK), ("Mila", Group.CHAMPION)):
            email = f"{name.lower()}@example.org"
            customer = make_customer(name=name, email=email)
            CustomerScore.objects.create(customer=customer, group=group, recency=2, frequency=3, money=3)
            if name != "Tom":
                Customer.objects.filter(pk=customer.pk).update(email_confirmed_at=NOW)
                Consent.objects.create(
                    customer=customer, channel="email", address=email, requested_at=NOW, confirmed_at=NOW
                )
    page = owner.get(f"{LIST}?group=2")
    assert names_on(page) == ["Tom", "Jana"]
    assert "Gruppe: Gefährdete Kunden" in page.content.decode()
    assert names_on(owner.get(f"{LIST}?group=2&reach=email")) == ["Jana"]
    assert names_on(owner.get(f"{LIST}?reach=email")) == ["Mila", "Jana"]
    assert [row[2] for row in download(owner, "?group=2&reach=email")[1:]] == ["Jana"]
    # What is no group narrows nothing.
    assert len(names_on(owner.get(f"{LIST}?group=9"))) == 3
