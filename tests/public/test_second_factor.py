"""Owners and managers show a second factor before they get at what matters, and come back to where they were."""

from datetime import timedelta
from html import unescape
from re import search
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.test import Client

from team.handover import HandoverRefused, handed_over, handover_token
from tenants.models import User
from tests.clients import browser, signed_in
from tests.factories import PASSWORD, Shop, make_member, make_user

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PROTECTED = "/backoffice/account/domain/"


def code(offset: int = 0) -> str:
    """What the authenticator app shows; each code works once, so a second one is that of a neighbouring half minute."""
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(SECRET, counters[1 + offset]))


@pytest.fixture
def owner(shop: Shop) -> User:
    user = make_user("owner@example.org")
    with shop.scope():
        make_member(user=user, role="owner")
    return user


@pytest.fixture
def app(owner: User) -> User:
    """The owner has an authenticator app and recovery codes."""
    TOTP.activate(owner, SECRET)
    RecoveryCodes.activate(owner)
    return owner


def type_password(client: Client, user: User) -> Any:
    return client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})


def follow(answer: Any, shop: Shop) -> Client:
    """Carry a hand-over to the shop's host, in a browser that was there before or not."""
    client = browser(shop.host)
    address = urlsplit(answer.headers["Location"])
    assert address.netloc == shop.host
    client.arrived = client.get(f"{address.path}?{address.query}")  # type: ignore[attr-defined]
    return client


def test_a_password_alone_opens_the_shop_but_not_what_is_protected(shop: Shop, owner: User) -> None:
    site = browser(settings.BASE_DOMAIN)
    type_password(site, owner)
    office = follow(site.get("/shops/morgenrot/"), shop)
    assert office.get("/backoffice/account/").status_code == 200
    assert office.post(PROTECTED, {"domain": "treue.example.com"}).status_code == 403
    shop.tenant.refresh_from_db()
    assert shop.tenant.domain is None


def test_who_has_a_second_factor_is_asked_for_it_at_sign_in(shop: Shop, app: User) -> None:
    site = browser(settings.BASE_DOMAIN)
    assert type_password(site, app).headers["Location"] == "/accounts/2fa/authenticate/"
    assert site.get("/shops/").status_code == 302
    assert site.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert site.get("/shops/").status_code == 302
    assert site.post("/accounts/2fa/authenticate/", {"code": code()}).headers["Location"] == "/shops/"
    office = follow(site.get("/shops/morgenrot/"), shop)
    assert office.post(PROTECTED, {"domain": "treue.example.com"}).status_code == 302
    shop.tenant.refresh_from_db()
    assert shop.tenant.domain == "treue.example.com"


def test_a_recovery_code_is_a_second_factor_once(shop: Shop, app: User) -> None:
    recovery = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()[0]
    for works in (True, False):
        site = browser(settings.BASE_DOMAIN)
        type_password(site, app)
        answer = site.post("/accounts/2fa/authenticate/", {"code": recovery})
        assert (answer.status_code == 302) is works


def test_who_has_none_is_led_to_setting_one_up(shop: Shop, owner: User) -> None:
    office = signed_in(owner, shop.tenant, second_factor_age=None)
    page = office.post(PROTECTED, headers={"Referer": f"http://{shop.host}/backoffice/account/"}).content.decode()
    found = search(r'href="(http://[^"]+/second-factor/[^"]+)"', page)
    assert found
    way = urlsplit(unescape(found[1]))
    assert way.netloc == settings.BASE_DOMAIN
    site = browser(settings.BASE_DOMAIN)
    type_password(site, owner)
    choice = site.get(f"{way.path}?{way.query}")
    assert choice.status_code == 200
    assert "/accounts/2fa/totp/activate/" in choice.content.decode()


def test_who_has_one_shows_it_and_comes_back_to_the_page(shop: Shop, app: User) -> None:
    """Signed in with a password before the second factor was set up, or long ago with both."""
    site = signed_in(app)
    way = "/second-factor/?shop=morgenrot&page=/backoffice/account/%3Fa%3Db"
    asked = site.get(way, follow=True)
    assert asked.redirect_chain[-1][0].startswith("/accounts/2fa/reauthenticate/")
    back = site.post(asked.redirect_chain[-1][0], {"code": code()})
    office = follow(site.get(back.headers["Location"]), shop)
    assert office.arrived.headers["Location"] == "/backoffice/account/?a=b"  # type: ignore[attr-defined]
    assert office.post(PROTECTED, {"domain": ""}).status_code == 302


def test_a_password_does_not_confirm_where_there_is_a_second_factor(app: User) -> None:
    answer = signed_in(app).get("/accounts/reauthenticate/?next=/shops/")
    assert answer.headers["Location"].startswith("/accounts/2fa/reauthenticate/")


@pytest.mark.django_db(transaction=True)
def test_a_second_factor_that_was_just_set_up_has_been_shown(shop: Shop, owner: User) -> None:
    site = browser(settings.BASE_DOMAIN)
    type_password(site, owner)
    site.post("/accounts/reauthenticate/", {"password": PASSWORD})
    site.get("/accounts/2fa/totp/activate/")
    secret = site.session["mfa.totp.secret"]
    counter = list(yield_hotp_counters_from_time())[1]
    site.post("/accounts/2fa/totp/activate/", {"code": format_hotp_value(hotp_value(secret, counter))})
    assert Authenticator.objects.filter(user=owner, type="totp").exists()
    answer = site.get("/second-factor/?shop=morgenrot&page=/backoffice/account/")
    office = follow(answer, shop)
    assert office.post(PROTECTED, {"domain": ""}).status_code == 302


def test_secrets_of_second_factors_are_not_readable_in_the_database(app: User) -> None:
    for stored in Authenticator.objects.filter(user=app):
        assert SECRET not in str(stored.data)
    assert TOTP(Authenticator.objects.get(type="totp")).validate_code(code())
    seed = Authenticator.objects.get(type="recovery_codes").data["seed"]
    assert seed.startswith("gAAAA")


def test_another_shop_s_page_is_not_reached_through_the_second_factor(other_shop: Shop, app: User) -> None:
    assert signed_in(app).get("/second-factor/?shop=nordlicht").status_code == 404
    assert signed_in(app).get("/second-factor/").status_code == 404
    assert browser(settings.BASE_DOMAIN).get("/second-factor/?shop=nordlicht").status_code == 302


def test_a_hand_over_works_once_in_one_shop(shops: tuple[Shop, Shop], owner: User) -> None:
    token = handover_token(user=owner, tenant=shops[0].tenant, second_factor_at=7, page="/backoffice/")
    with pytest.raises(HandoverRefused):
        handed_over(token, tenant=shops[1].tenant)
    token = handover_token(user=owner, tenant=shops[0].tenant, second_factor_at=7, page="/backoffice/")
    assert handed_over(token, tenant=shops[0].tenant).second_factor_at == 7
    with pytest.raises(HandoverRefused):
        handed_over(token, tenant=shops[0].tenant)


def test_what_is_fresh_grows_old(shop: Shop, owner: User) -> None:
    for age, status in ((timedelta(hours=11), 302), (timedelta(hours=13), 403)):
        office = signed_in(owner, shop.tenant, second_factor_age=age)
        assert office.post(PROTECTED, {"domain": ""}).status_code == status
