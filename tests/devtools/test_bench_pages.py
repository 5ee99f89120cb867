"""The page benchmark opens the pages it means: its visitors are signed in as the product signs in."""

import pytest
from django.test import Client
from django.utils import timezone

from devtools.bench.pages import visits_of
from team.services import register_device
from tenants.roles import SYSTEM
from tests.factories import (
    Shop,
    make_customer,
    make_friends_code,
    make_member,
    make_offer,
    make_purchase,
    publish_legal_texts,
)

pytestmark = pytest.mark.django_db


def test_every_visitor_gets_in(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        make_member(role="owner", pin="4711")
        customer = make_customer()
        make_purchase(customer=customer, store=shop.store)
        publish_legal_texts()
        make_offer()
        make_friends_code(customer)
        _, code = register_device(store=shop.store, name="Kasse 1", actor=SYSTEM, now=timezone.now())
    with other_shop.scope():
        make_member(role="owner", pin="4711")
    with shop.scope():
        visits = visits_of(shop.tenant, device_code=code)
    for visit in visits:
        client = Client(HTTP_HOST=shop.host)
        client.cookies.load(dict(visit.cookies))
        assert client.get(visit.path).status_code == 200, visit.name
