"""A list costs as many queries for fifty rows as for one, on every surface."""

import itertools
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from checkout.access import SHIFT, new_shift
from customers.models import Customer
from customers.notes import add_note
from customers.tags import add_tag
from team.models import Device, Membership
from team.queries import member_actor, till_actor
from team.services import register_device
from tenants.hosts import SESSION_TENANT
from tenants.roles import SYSTEM
from tests.clients import bind, browser, phone, signed_in
from tests.factories import (
    Shop,
    make_api_key,
    make_customer,
    make_device,
    make_import,
    make_invitation,
    make_member,
    make_purchase,
    make_store,
)


def queries(client: Client, path: str) -> int:
    client.get(path)  # the first one fills caches
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def costs_the_same(client: Client, path: str, add_row: Callable[[], object], shop: Shop) -> None:
    with shop.scope():
        add_row()
    one = queries(client, path)
    with shop.scope():
        for _ in range(49):
            add_row()
    assert queries(client, path) == one


@pytest.fixture
def owner(shop: Shop) -> Client:
    with shop.scope():
        return signed_in(make_member(role="owner").user, shop.tenant)


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer(email="jana@example.org")


def test_the_back_office_lists_customers(owner: Client, shop: Shop) -> None:
    costs_the_same(owner, "/backoffice/customers/", lambda: make_purchase(customer=make_customer()), shop)


def test_the_back_office_starts_with_the_latest_bookings(owner: Client, shop: Shop) -> None:
    costs_the_same(owner, "/backoffice/", lambda: make_purchase(customer=make_customer(), now=timezone.now()), shop)


def test_the_back_office_lists_imports(owner: Client, shop: Shop) -> None:
    costs_the_same(owner, "/backoffice/imports/", make_import, shop)


def test_the_back_office_shows_a_ledger(owner: Client, shop: Shop, jana: Customer) -> None:
    path = f"/backoffice/customers/{jana.public_id}/"
    costs_the_same(owner, path, lambda: make_purchase(customer=jana, store=shop.store), shop)


def test_the_back_office_shows_the_purchases_of_a_customer(owner: Client, shop: Shop, jana: Customer) -> None:
    path = f"/backoffice/customers/{jana.public_id}/purchases/"
    costs_the_same(owner, path, lambda: make_purchase(customer=jana, store=shop.store), shop)


def test_the_back_office_shows_the_changes_of_a_customer(owner: Client, shop: Shop, jana: Customer) -> None:
    path = f"/backoffice/customers/{jana.public_id}/history/"

    def add() -> None:
        add_note(customer=jana, text="Hafermilch", actor=member_actor(make_member(role="manager")), now=timezone.now())

    costs_the_same(owner, path, add, shop)
    costs_the_same(owner, f"/backoffice/customers/{jana.public_id}/", add, shop)


def test_the_back_office_lists_tags(owner: Client, shop: Shop) -> None:
    serial = itertools.count()

    def add() -> None:
        add_tag(customer=make_customer(), name=f"Wort {next(serial)}", actor=SYSTEM)

    costs_the_same(owner, "/backoffice/customers/tags/", add, shop)
    costs_the_same(owner, "/backoffice/customers/", add, shop)


def test_the_portal_shows_the_history(shop: Shop, jana: Customer) -> None:
    client = phone(jana, shop.tenant)
    costs_the_same(client, "/history/", lambda: make_purchase(customer=jana, store=shop.store), shop)
    costs_the_same(client, "/", lambda: make_purchase(customer=jana), shop)


def test_the_till_shows_its_day(shop: Shop) -> None:
    with shop.scope():
        device, token = make_device(store=shop.store)
        mia = make_member(role="staff", pin="4711")
    client = bind(browser(shop.host, **{SHIFT: new_shift(mia, device), SESSION_TENANT: shop.tenant.pk}), token)
    costs_the_same(client, "/checkout/", lambda: sell(mia, device), shop)
    costs_the_same(client, "/checkout/purchases/", lambda: sell(mia, device), shop)


def sell(mia: Membership, device: Device) -> None:
    make_purchase(customer=make_customer(), actor=till_actor(mia, device), now=timezone.now())


def test_the_back_office_lists_stores_and_devices(owner: Client, shop: Shop) -> None:
    serial = itertools.count()

    def add() -> None:
        store = make_store(code=f"store-{next(serial)}")
        register_device(store=store, name="Kasse", actor=SYSTEM, now=timezone.now())

    costs_the_same(owner, "/backoffice/stores/", add, shop)


def test_the_back_office_lists_the_team(owner: Client, shop: Shop) -> None:
    serial = itertools.count()

    def add() -> None:
        make_member(role="staff", pin="4711")
        make_invitation(email=f"neu{next(serial)}@example.org")

    costs_the_same(owner, "/backoffice/team/", add, shop)


def test_the_back_office_lists_keys(owner: Client, shop: Shop) -> None:
    costs_the_same(owner, "/backoffice/keys/", make_api_key, shop)


def test_the_back_office_shows_the_audit_log(owner: Client, shop: Shop) -> None:
    costs_the_same(owner, "/backoffice/audit/", lambda: sell_somewhere(shop), shop)


def sell_somewhere(shop: Shop) -> None:
    device, _ = register_device(store=shop.store, name="Kasse", actor=SYSTEM, now=timezone.now())
    make_purchase(customer=make_customer(), actor=till_actor(make_member(role="staff", pin="4711"), device))
