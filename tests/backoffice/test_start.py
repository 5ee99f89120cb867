"""The first page shows how today is going, and what a new shop still has to do."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from programs.services import void_purchase
from team.queries import till_actor
from tenants.roles import SYSTEM
from tests.clients import browser, signed_in
from tests.factories import (
    Shop,
    make_customer,
    make_device,
    make_member,
    make_purchase,
    make_reward,
    publish_legal_texts,
)

pytestmark = pytest.mark.django_db


def done(page: str) -> int:
    return page.count('class="is-done"')


def figures(page: str) -> list[str]:
    return [re.sub(r"\s+", " ", found).strip() for found in re.findall(r"<dd>([^<]+)", page)]


def test_the_list_of_things_to_do_ends_with_the_first_real_credit(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        owner = make_member(role="owner")
        client = signed_in(owner.user, shop.tenant)
        assert done(client.get("/backoffice/").content.decode()) == 1, "the programme has started"
        publish_legal_texts()
        make_reward()
        mia = make_member(role="staff", pin="4711")
        device, _ = make_device(store=shop.store)
        jana = make_customer()
        page = client.get("/backoffice/").content.decode()
        assert done(page) == 6
        make_purchase(customer=jana, actor=till_actor(mia, device), now=timezone.now())
        assert done(client.get("/backoffice/").content.decode()) == 0, "there is nothing left to do"
    with other_shop.scope():
        foreign = signed_in(make_member(role="owner").user, other_shop.tenant)
    assert done(foreign.get("/backoffice/").content.decode()) == 1


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
