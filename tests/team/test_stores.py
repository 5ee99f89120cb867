"""Stores are opened and closed, devices move between them, and a lost device is cut off at once."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from team.errors import LastStore, StoreCodeTaken, StoreInUse
from team.models import Device, Store
from team.queries import device_of_token, devices, stores
from team.services import bind_device
from team.stores import add_store, change_device, close_store, disconnect_device, rename_store
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tests.clients import bind, browser, signed_in
from tests.factories import NOW, Shop, make_device, make_member, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(shop: Shop) -> Client:
    with shop.scope():
        return signed_in(make_member(role="owner").user, shop.tenant)


@pytest.mark.parametrize("code", ["", "Alt stadt", "ä", "x" * 21, "-x", "a/b"])
def test_a_code_is_short_and_plain(shop: Shop, code: str) -> None:
    with shop.scope(), pytest.raises(Invalid) as refusal:
        add_store(code=code, name="Hafen", actor=SYSTEM)
    assert refusal.value.field == "code"


def test_a_code_is_given_once_in_each_shop(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        make_store(code="hafen")
        with pytest.raises(StoreCodeTaken):
            make_store(code="HAFEN")
    with other_shop.scope():
        make_store(code="hafen")


def test_a_store_is_closed_when_no_device_belongs_to_it_and_another_one_is_open(shop: Shop) -> None:
    with shop.scope():
        with pytest.raises(LastStore):
            close_store(store=shop.store, actor=SYSTEM, now=NOW)
        harbour = make_store(code="hafen")
        device, _ = make_device(store=harbour)
        with pytest.raises(StoreInUse):
            close_store(store=harbour, actor=SYSTEM, now=NOW)
        change_device(device=device, name="Kasse 2", store=shop.store, actor=SYSTEM)
        close_store(store=harbour, actor=SYSTEM, now=NOW)
        assert list(stores()) == [shop.store]


def test_a_lost_device_books_nothing_any_more(shop: Shop) -> None:
    with shop.scope():
        device, token = make_device(store=shop.store)
        assert device_of_token(token) == device
        for _ in range(2):
            disconnect_device(device=device, actor=SYSTEM, now=NOW)
        assert device_of_token(token) is None
        assert list(devices()) == []
    assert bind(browser(shop.host), token).get("/checkout/").headers["Location"].endswith("/bind/")


def test_the_name_of_a_store_can_be_changed(shop: Shop) -> None:
    with shop.scope():
        rename_store(store=shop.store, name="  Am  Markt ", actor=SYSTEM)
        assert Store.objects.get().name == "Am Markt"
        with pytest.raises(Invalid):
            rename_store(store=shop.store, name=" ", actor=SYSTEM)


def test_the_owner_connects_a_device_with_a_code_that_is_shown_once(owner: Client, shop: Shop) -> None:
    owner.handler.enforce_csrf_checks = True
    page = owner.get("/backoffice/stores/").content.decode()
    sent = {"name": "Kasse 7", "store": shop.store.pk, "csrfmiddlewaretoken": _csrf(page)}
    shown = owner.post("/backoffice/stores/devices/new/", sent).content.decode()
    code = re.search(r"secret--code[^>]*>([A-Z0-9 ]+)<", shown)
    assert code
    assert owner.post("/backoffice/stores/devices/new/", sent).status_code == 302
    with shop.scope():
        assert Device.objects.count() == 1
        device, _ = bind_device(code=code[1], address="127.0.0.1", now=timezone.now())
        assert device.name == "Kasse 7"


def test_forms_say_what_is_wrong_and_keep_what_was_typed(owner: Client, shop: Shop, other_shop: Shop) -> None:
    page = owner.post("/backoffice/stores/new/", {"name": "Hafen & Meer", "code": "main"}).content.decode()
    assert "Fehler:" in page
    assert "Hafen &amp; Meer" in page
    foreign = owner.post("/backoffice/stores/devices/new/", {"name": "Kasse", "store": other_shop.store.pk})
    assert "Fehler:" in foreign.content.decode()
    with shop.scope():
        assert not Device.objects.exists()


def test_devices_and_stores_are_looked_after_in_the_back_office(owner: Client, shop: Shop) -> None:
    assert owner.post("/backoffice/stores/new/", {"name": "Hafen", "code": "hafen"}).status_code == 302
    with shop.scope():
        device, token = make_device(store=shop.store)
        harbour = Store.objects.get(code="hafen")
    there = {"name": "Kasse am Hafen", "store": harbour.pk}
    assert owner.post(f"/backoffice/stores/devices/{device.pk}/", there).status_code == 302
    assert owner.post(f"/backoffice/stores/{harbour.pk}/close/").headers["Location"].endswith(f"/{harbour.pk}/")
    assert "secret--code" in owner.post(f"/backoffice/stores/devices/{device.pk}/code/").content.decode()
    assert owner.post(f"/backoffice/stores/devices/{device.pk}/disconnect/").status_code == 302
    assert owner.post(f"/backoffice/stores/{harbour.pk}/close/").status_code == 302
    with shop.scope():
        assert list(stores()) == [shop.store]
        assert device_of_token(token) is None


def _csrf(page: str) -> str:
    match = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert match
    return match[1]
