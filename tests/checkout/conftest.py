"""A till with Mia signed on, as a browser without script."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from checkout.access import SHIFT, new_shift
from customers.models import Customer
from programs.models import Purchase
from team.models import Device, Membership
from team.queries import till_actor
from tenants.hosts import SESSION_TENANT
from tenants.roles import Actor
from tests.clients import bind, browser
from tests.factories import PIN, Shop, make_customer, make_device, make_member, make_user


@dataclass
class Till:
    shop: Shop
    device: Device
    mia: Membership
    client: Client

    @property
    def actor(self) -> Actor:
        return till_actor(self.mia, self.device)

    def get(self, path: str = "", **headers: str) -> Any:
        return self.client.get(f"/checkout/{path}", headers=headers, follow=True)

    def post(self, path: str, **data: str) -> Any:
        return self.client.post(f"/checkout/{path}", data, follow=True)

    def page(self, path: str = "") -> str:
        return self.get(path).content.decode()

    def purchases(self) -> list[Purchase]:
        with self.shop.scope():
            return list(Purchase.objects.select_related("customer", "store").order_by("id"))


def open_till(shop: Shop, *, name: str = "Mia", email: str = "") -> Till:
    with shop.scope():
        device, token = make_device(store=shop.store)
        member = make_member(role="staff", user=make_user(email), pin=PIN, name=name)
    client = bind(browser(shop.host, **{SHIFT: new_shift(member, device), SESSION_TENANT: shop.tenant.pk}), token)
    return Till(shop, device, member, client)


@pytest.fixture
def till(shop: Shop) -> Till:
    return open_till(shop, email="mia@example.org")


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer(email="jana@example.org")
