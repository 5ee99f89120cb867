"""Stamp cards where people read and change them: the programme, a customer's page, the phone and the API."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from programs.drafting import start_program, workpiece
from programs.stamps import add_stamps, redeem_stamps
from programs.terms import terms_at
from tenants.roles import SYSTEM
from tests.clients import ApiClient, phone, signed_in
from tests.factories import (
    COFFEE_CARD,
    Shop,
    make_api_key,
    make_customer,
    make_member,
    offer_cards,
    publish_legal_texts,
)

pytestmark = pytest.mark.django_db
TYPED = {
    "name": "Kaffeekarte",
    "reward": "1 Kaffee gratis",
    "needed": "10",
    "per": "item",
    "categories": "Heißgetränke, Tee",
    "skus": "",
    "at_once": "5",
    "expiry_months": "",
}


@pytest.fixture
def owner(shop: Shop) -> Client:
    with shop.scope():
        return signed_in(make_member(role="owner").user, shop.tenant)


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        publish_legal_texts()
        return make_customer(name="Jana Krüger", email="jana@example.org")


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def version_in(client: Client, path: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', client.get(path).content.decode())
    assert found
    return found[1]


def test_a_card_is_added_to_the_draft_changed_started_and_taken_away(shop: Shop, owner: Client) -> None:
    new = "/backoffice/programme/stamp-cards/new/"
    page = owner.post(new, TYPED | {"version": version_in(owner, new)}, follow=True)
    assert "Kaffeekarte: 10 Stempel bringen 1 Kaffee gratis, ein Stempel für jedes Stück aus: Heißgetränke, Tee" in (
        text_of(page)
    )
    one = "/backoffice/programme/stamp-cards/1/"
    owner.post(one, TYPED | {"needed": "12", "version": version_in(owner, one)})
    with shop.scope():
        assert terms_at(timezone.now()).stamp_cards == ()
        start_program(seen_at=workpiece().saved_at, actor=SYSTEM, now=timezone.now())
        (card,) = terms_at(timezone.now()).stamp_cards
        assert (card.code, card.needed, card.goods.categories) == ("card-1", 12, ("Heißgetränke", "Tee"))
    owner.post(f"{one}remove/", {"card": "Another"})
    with shop.scope():
        assert len(workpiece().draft.stamp_cards) == 1
    owner.post(f"{one}remove/", {"card": "Kaffeekarte"})
    with shop.scope():
        assert list(workpiece().draft.stamp_cards) == []
        assert len(terms_at(timezone.now()).stamp_cards) == 1


def test_what_is_no_card_is_said_at_its_field_and_what_was_typed_stays(shop: Shop, owner: Client) -> None:
    with shop.scope():
        offer_cards(COFFEE_CARD, now=timezone.now())
    new = "/backoffice/programme/stamp-cards/new/"
    version = version_in(owner, new)
    page = owner.post(new, TYPED | {"version": version}).content.decode()
    assert "So heißt schon eine andere Karte." in page
    assert 'href="#id_name"' in page
    assert 'value="1 Kaffee gratis"' in page
    assert 'href="#id_needed"' in owner.post(new, TYPED | {"needed": "1", "version": version}).content.decode()
    assert owner.get("/backoffice/programme/stamp-cards/7/").status_code == 404


def test_the_customers_page_shows_the_cards_and_voids_what_stands_alone(
    shop: Shop, other_shop: Shop, owner: Client, jana: Customer
) -> None:
    now = timezone.now()
    with shop.scope():
        offer_cards(COFFEE_CARD, now=now)
        for count in (5, 5, 2):
            add_stamps(customer=jana, card="card-1", count=count, actor=SYSTEM, now=now)
        redeem_stamps(customer=jana, card="card-1", actor=SYSTEM, now=now)
    path = f"/backoffice/customers/{jana.public_id}/stamps/"
    page = owner.get(path)
    assert "Noch 8 Stempel bis: 1 Kaffee gratis" in text_of(page)
    assert "Eingelöst: 1 Kaffee gratis" in text_of(page)
    assert f"{path}card-1/4/void/" in page.content.decode()
    assert "Warum" in text_of(owner.post(f"{path}card-1/4/void/", {"reason": "none"}))
    assert "Voll: 1 Kaffee gratis · 2 weitere Stempel" in text_of(
        owner.post(f"{path}card-1/4/void/", {"reason": "wrong_customer"}, follow=True)
    )
    assert "Storniert: 1 Kaffee gratis" in text_of(owner.get(path))
    with other_shop.scope():
        stranger = signed_in(make_member(role="owner").user, other_shop.tenant)
    assert stranger.get(path).status_code == 404


def test_the_phone_shows_the_card_and_why_each_stamp_is_there(shop: Shop, jana: Customer) -> None:
    now = timezone.now()
    client = phone(jana, shop.tenant)
    with shop.scope():
        (card,) = offer_cards(COFFEE_CARD, now=now)
        add_stamps(customer=jana, card=card.code, count=3, actor=SYSTEM, now=now)
    assert "Noch 7 Stempel bis: 1 Kaffee gratis" in text_of(client.get("/"))
    page = text_of(client.get("/stamps/card-1/"))
    assert "Stempel an der Kasse" in page
    assert "Stempel verfallen nicht." in page
    assert client.get("/stamps/card-2/").status_code == 404


def test_the_api_stamps_redeems_voids_and_answers_what_lies_there(shop: Shop, other_shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(COFFEE_CARD, now=timezone.now())
        till = ApiClient(shop.tenant, make_api_key()[1])
    path = f"customers/{jana.public_id}"
    first = till.post(f"{path}/stamps", {"card": "card-1", "count": 5}, key="tap-1")
    assert (first.status_code, first.json()["stamps"], first.json()["booked"]) == (201, 5, 5)
    assert till.post(f"{path}/stamps", {"card": "card-1", "count": 5}, key="tap-1").json() == first.json()
    refused = till.post(f"{path}/stamps/redeem", {"card": "card-1"})
    assert (refused.status_code, refused.json()["code"], refused.json()["missing"]) == (409, "card_not_full", 5)
    sale = {
        "customer": {"id": str(jana.public_id)},
        "total": "16.00",
        "currency": "EUR",
        "lines": [{"category": "heissgetränke", "quantity": 5, "total": "16.00"}],
    }
    seen, sold = till.post("purchases/preview", sale), till.post("purchases", sale)
    brought = [{"card": "card-1", "name": "Kaffeekarte", "stamps": 5, "text": "5 Stück"}]
    assert seen.json()["stamps"] == sold.json()["stamps"] == brought
    given = till.post(f"{path}/stamps/redeem", {"card": "card-1"}).json()
    assert (given["stamps"], given["booked"], given["reward"]) == (0, -10, "1 Kaffee gratis")
    back = till.post(f"{path}/stamps/void", {"card": "card-1", "seq": given["seq"]})
    assert (back.status_code, back.json()["stamps"]) == (200, 10)
    assert till.post(f"purchases/{sold.json()['id']}/void").json()["stamps"] == -5
    (held,) = till.get(f"{path}/balance").json()["stamps"]
    assert (held["card"], held["stamps"], held["needed"], held["expiring"]) == ("card-1", 5, 10, [])
    assert till.post(f"{path}/stamps", {"card": "card-9"}).status_code == 404
    assert till.post(f"{path}/stamps", {"card": "card-1", "count": 9}).json()["errors"][0]["field"] == "count"
    assert till.get("program").json()["stamp_cards"][0]["needed"] == 10
    with other_shop.scope():
        stranger = ApiClient(other_shop.tenant, make_api_key()[1])
    assert stranger.post(f"{path}/stamps", {"card": "card-1"}).status_code == 404
