"""A friend's code at the desk: the same promise, the same refusals and the same referral as at the till."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from referrals.invitations import spelled
from referrals.models import Channel, Referral, ReferralOffer
from referrals.offers import end_offer
from tenants.roles import SYSTEM
from tests.clients import signed_in
from tests.factories import Shop, make_customer, make_friends_code, make_member, make_offer

pytestmark = pytest.mark.django_db
NEW = "/backoffice/customers/new/"


@pytest.fixture
def desk(shop: Shop) -> Client:
    with shop.scope():
        return signed_in(make_member(role="owner").user, shop.tenant)


@pytest.fixture
def code(shop: Shop) -> str:
    """Jana's own, under an offer of 500 points for her and 300 for the friend."""
    with shop.scope():
        make_offer()
        return make_friends_code(make_customer(name="Jana Krüger", email="jana@example.org"))


def enrol(desk: Client, **values: str) -> Any:
    return desk.post(NEW, {"name": "Mila"} | values, follow=True)


def came_by(shop: Shop) -> Referral | None:
    with shop.scope():
        return Referral.objects.select_related("friend", "referrer").first()


def enrolled(shop: Shop) -> bool:
    with shop.scope():
        return Customer.objects.filter(name="Mila").exists()


@pytest.mark.parametrize(("way", "channel"), [("", Channel.TILL), ("/e/%s/?w=p", Channel.PAPER), ("/e/%s/", "till")])
def test_who_is_enrolled_with_a_code_or_a_scanned_link_has_come_by_its_owner(
    shop: Shop, desk: Client, code: str, way: str, channel: str
) -> None:
    typed = shop.tenant.url + way % spelled(code) if way else spelled(code).lower()
    page = enrol(desk, code=typed).content.decode()
    referral = came_by(shop)
    assert referral is not None
    assert referral.friend is not None
    assert referral.referrer is not None
    assert (referral.friend.name, referral.referrer.name) == ("Mila", "Jana Krüger")
    assert (referral.channel, referral.device_id) == (channel, None)
    assert "Die Einladung ist vermerkt. Wer eingeladen ist, bekommt 300 Punkte" in page


def test_without_a_code_nobody_has_brought_the_customer(shop: Shop, desk: Client, code: str) -> None:
    enrol(desk)
    assert enrolled(shop)
    assert came_by(shop) is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"code": "ZZZZ-ZZZZ"}, "Dieser Code ist nicht bekannt."),
        ({"email": "jana+neu@example.org"}, "Sich selbst einladen geht nicht."),
    ],
)
def test_a_code_that_does_not_count_is_said_at_its_field_and_nobody_is_enrolled(
    shop: Shop, desk: Client, code: str, typed: dict[str, str], said: str
) -> None:
    page = enrol(desk, **({"code": code} | typed)).content.decode()
    assert 'id="id_code_error"' in page
    assert said in page
    assert "Feld leer lassen" in page
    assert 'value="Mila"' in page
    assert not enrolled(shop)


def test_an_offer_that_is_over_and_another_shop_s_code_do_not_count(
    shop: Shop, other_shop: Shop, desk: Client, code: str
) -> None:
    with other_shop.scope():
        make_offer()
        foreign = make_friends_code(make_customer())
    assert "Dieser Code ist nicht bekannt." in enrol(desk, code=foreign).content.decode()
    with shop.scope():
        end_offer(offer=ReferralOffer.objects.get(), actor=SYSTEM, now=timezone.now())
    assert "Diese Einladung gilt nicht mehr." in enrol(desk, code=code).content.decode()
    assert not enrolled(shop)


def test_the_line_under_a_typed_code_says_what_both_get_and_stays_with_another_field_s_error(
    desk: Client, code: str
) -> None:
    promise = "wer einlädt, bekommt 500 Punkte"
    assert promise in desk.post(f"{NEW}invitation/", {"code": code}).content.decode()
    assert "nicht bekannt" in desk.post(f"{NEW}invitation/", {"code": "QQQQ-QQQQ"}).content.decode()
    assert "<p" not in desk.post(f"{NEW}invitation/", {"code": ""}).content.decode()
    assert promise in enrol(desk, code=code, email="keine Adresse").content.decode()


def test_whoever_changes_a_customer_is_asked_for_no_code(shop: Shop, desk: Client, code: str) -> None:
    with shop.scope():
        jana = Customer.objects.get()
    assert "id_code" not in desk.get(f"/backoffice/customers/{jana.public_id}/edit/").content.decode()
