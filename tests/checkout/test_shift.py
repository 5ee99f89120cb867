"""A shift begins with a PIN and ends with it, with the store, with the device, or when nobody is there."""

import time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from checkout.access import IDLE_SECONDS, SHIFT
from customers.models import Customer
from team import services as team
from team.membership import change_member
from team.models import Device, Membership
from tenants.roles import SYSTEM
from tests.checkout.conftest import Till
from tests.factories import PIN, Shop, make_member, make_store

pytestmark = pytest.mark.django_db
DOOR = "Wer ist an der Kasse?"
INSIDE = "Heute an dieser Kasse"


def sign_on(till: Till, member: Membership, pin: str = PIN) -> Any:
    return till.post("sign-on/", member=str(member.pk), pin=pin)


def seen_ago(client: Client, seconds: int) -> None:
    session = client.session
    session[SHIFT] |= {"seen": int(time.time()) - seconds}
    session.save()


def test_the_right_pin_opens_the_till_and_sperren_closes_it(till: Till) -> None:
    assert DOOR in till.post("lock/").content.decode()
    assert "Diese PIN stimmt nicht." in sign_on(till, till.mia, "0000").content.decode()
    assert INSIDE in sign_on(till, till.mia).content.decode()


def test_the_till_remembers_who_signed_on_last(till: Till, shop: Shop) -> None:
    with shop.scope():
        selin = make_member(name="Selin", pin="1111")
    till.post("lock/")
    assert "checked" not in till.page("sign-on/")
    sign_on(till, selin, "1111")
    till.post("lock/")
    page = till.page("sign-on/")
    assert page.count("checked") == 1
    assert f'value="{selin.pk}"' in page.partition("checked")[0].rpartition("<input")[2]


def test_who_is_alone_need_not_be_chosen(till: Till) -> None:
    till.post("lock/")
    assert till.page("sign-on/").count("checked") == 1


def test_too_many_wrong_pins_say_when_the_next_one_counts(till: Till) -> None:
    till.post("lock/")
    for _ in range(5):
        sign_on(till, till.mia, "0000")
    assert "Zu viele Versuche. In 5 Minuten wieder möglich." in sign_on(till, till.mia).content.decode()


def test_a_new_pin_ends_the_shift_at_once(till: Till, shop: Shop) -> None:
    assert INSIDE in till.page()
    with shop.scope():
        team.set_pin(member=till.mia, pin="9999", actor=SYSTEM)
    assert DOOR in till.page()


def test_who_no_longer_works_here_is_out_at_once(till: Till, shop: Shop) -> None:
    with shop.scope():
        Membership.objects.filter(pk=till.mia.pk).update(ended_at=timezone.now())
    assert DOOR in till.page()


def test_a_till_that_moves_to_another_store_says_so_and_asks_for_the_pin(till: Till, shop: Shop) -> None:
    assert "Hauptstraße · Kasse 1 · Mia" in till.page()
    with shop.scope():
        harbour = team.open_store(code="harbour", name="Hafen", actor=SYSTEM)
        Device.objects.filter(pk=till.device.pk).update(store=harbour)
    page = till.page()
    assert DOOR in page
    assert "Diese Kasse gehört jetzt zur Filiale Hafen." in page
    assert "Hafen · Kasse 1 · Mia" in sign_on(till, till.mia).content.decode()


def test_a_device_that_the_back_office_took_away_says_so(till: Till, shop: Shop) -> None:
    with shop.scope():
        Device.objects.filter(pk=till.device.pk).update(revoked_at=timezone.now())
    page = till.page()
    assert "Gerät verbinden" in page
    assert "Die Verwaltung hat dieses Gerät getrennt." in page


def test_a_browser_that_never_was_a_till_hears_nothing_of_that(shop: Shop) -> None:
    page = Client(HTTP_HOST=shop.host).get("/checkout/bind/").content.decode()
    assert "getrennt" not in page


@pytest.mark.parametrize(("idle", "is_open"), [(IDLE_SECONDS - 1, True), (IDLE_SECONDS + 2, False)])
def test_two_minutes_without_anybody_lock_the_till(till: Till, idle: int, is_open: bool) -> None:
    seen_ago(till.client, idle)
    assert (INSIDE in till.page()) is is_open


def test_a_page_that_asks_for_news_by_itself_does_not_keep_the_till_open(till: Till, jana: Customer) -> None:
    seen_ago(till.client, 100)
    till.get(f"customers/{jana.public_id}/welcome/state/", **{"X-Unattended": "1"})
    assert time.time() - till.client.session[SHIFT]["seen"] >= 100
    till.get(f"customers/{jana.public_id}/welcome/state/")
    assert time.time() - till.client.session[SHIFT]["seen"] < 100


def test_what_is_sent_from_a_page_that_was_locked_meanwhile_books_nothing_and_says_so(
    till: Till, jana: Customer
) -> None:
    seen_ago(till.client, IDLE_SECONDS + 2)
    page = till.post(
        f"customers/{jana.public_id}/", amount="24,90", key="0198c5a4-0000-7000-8000-000000000001"
    ).content.decode()
    assert DOOR in page
    assert "Die Kasse war inzwischen gesperrt. Jetzt wurde nichts gebucht;" in page
    assert till.purchases() == []


def test_a_fragment_of_a_locked_till_leads_the_whole_page_to_the_pin(till: Till, jana: Customer) -> None:
    seen_ago(till.client, IDLE_SECONDS + 2)
    path = f"/checkout/customers/{jana.public_id}/preview/?amount=1"
    fragment = till.client.get(path, headers={"HX-Request": "true"})
    assert fragment.headers["HX-Redirect"] == "/checkout/sign-on/"
    boosted = till.client.get("/checkout/", headers={"HX-Request": "true", "HX-Boosted": "true"})
    assert boosted.headers["Location"] == "/checkout/sign-on/"


def test_the_camera_is_this_device_s_choice(till: Till) -> None:
    assert "data-camera " in till.page()
    assert "data-camera " not in till.post("camera/", wanted="off").content.decode()
    assert "data-camera " in till.post("camera/", wanted="on").content.decode()
    assert till.post("camera/", wanted="perhaps").status_code == 400


def test_who_is_limited_to_other_stores_neither_signs_on_here_nor_carries_on(till: Till, shop: Shop) -> None:
    assert INSIDE in sign_on(till, till.mia).content.decode()
    with shop.scope():
        change_member(member=till.mia, name="Mia", role="staff", stores=[make_store(code="hafen")], actor=SYSTEM)
    assert DOOR in till.get("").content.decode()
    assert INSIDE not in sign_on(till, till.mia).content.decode()
