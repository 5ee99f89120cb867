"""Every route for everybody: generated from the routes themselves, so that a new one cannot be forgotten.

For each caller a route either opens (its capability is held) or refuses in its surface's way; and no answer to anybody
contains a word that only the other shop knows.
"""

import itertools
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpResponse
from django.urls import URLPattern

from api.access import API
from backoffice.access import BACKOFFICE
from checkout.access import CHECKOUT
from events.models import Delivery
from portal.access import PORTAL
from public.access import SITE as PUBLIC_SITE
from tenants.roles import ALL_CAPABILITIES, SECOND_FACTOR, capabilities_of
from tenants.routes import PUBLIC
from tests.clients import ApiClient, browser, signed_in
from tests.factories import make_user
from tests.routes.world import DOMAINS, MARKER, SHOP, SITE, Caller, Domain, World, ask, path_of, words

OF_THE_OTHER_SHOP = "other shop's user"
# Of the pages of the accounts' library: signing in and up, and what mails lead to.
WAYS_IN = {
    "account_login",
    "account_signup",
    "account_inactive",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
}
# What mail programs call without any page before it: the token in the address is the proof.
ONE_CLICK = {"unsubscribe/<str:token>/"}
SAFE = ("GET", "HEAD", "OPTIONS")
METHODS = (*SAFE, "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> list[HttpResponse]:
    """The answers with which surfaces have refused, in order."""
    refused: list[HttpResponse] = []
    for surface, way in itertools.product(
        (API, BACKOFFICE, CHECKOUT, PORTAL, PUBLIC_SITE), ("refuse", "ask_second_factor")
    ):
        answer = getattr(surface, way)
        if answer is None:
            continue

        def spy(*asked: Any, answer: Callable[..., HttpResponse] = answer) -> HttpResponse:
            refused.append(answer(*asked))
            return refused[-1]

        monkeypatch.setitem(surface.__dict__, way, spy)
    return refused


def test_every_route_of_a_shop_is_in_the_matrix_or_public() -> None:
    files = {
        "brand/<slug:name>.css",
        "brand/<slug:name>.png",
        "brand/large/<slug:name>.png",
        "icon-<str:size>.png",
        "rewards/photo/<slug:name>.webp",
        "rewards/photo/large/<slug:name>.webp",
    }
    assert set(SHOP.routes) - set(SHOP.methods) == {"api/v1/schema/", "api/v1/docs/"} | files
    assert set(SITE.routes) == set(SITE.methods)
    assert all(isinstance(route, URLPattern) for domain in DOMAINS for route in domain.routes.values())


def test_every_capability_that_a_role_holds_is_asked_for_by_a_route() -> None:
    asked = {capability for domain in DOMAINS for methods in domain.methods.values() for capability in methods.values()}
    assert asked - {PUBLIC} == ALL_CAPABILITIES


@pytest.mark.django_db
@pytest.mark.parametrize("domain", DOMAINS, ids=["shop", "site"])
def test_every_caller_reaches_exactly_the_routes_whose_capability_they_hold_and_reads_no_word_of_the_other_shop(
    world: World, refusals: list[HttpResponse], domain: Domain
) -> None:
    wrong, leaks = [], []
    for caller, method, pattern in _everything_asked(world, domain):
        capability = _wanted(domain, pattern, method)
        refusals.clear()
        response = ask(caller.client(), method, path_of(pattern, world.ids["own"]))
        if capability is None:
            expected = response.status_code == 405 or domain.is_plain(pattern)
        elif capability == PUBLIC or capability in caller.holds.get(domain.surface(pattern), frozenset()):
            expected = not refusals and response.status_code < 500
        else:
            expected = len(refusals) == 1 and response.status_code in (302, 401, 403)
        if not expected:
            wrong.append((caller.name, method, pattern, response.status_code, response.headers.get("Location")))
        if method == "GET" and caller.name != OF_THE_OTHER_SHOP and MARKER in words(response):
            leaks.append((caller.name, pattern))
    assert not wrong, "\n".join(map(str, wrong))
    assert leaks == []


def _everything_asked(world: World, domain: Domain) -> list[tuple[Caller, str, str]]:
    """By whom, with which method, of which route; first whatever changes nothing, so that everybody finds it all."""
    asked = [
        (caller, method, pattern)
        for caller, (pattern, methods) in itertools.product(domain.callers(world), domain.methods.items())
        # What a route does not know is refused before anybody is looked at.
        for method in (METHODS if caller.name == "anonymous" else methods)
        if caller.asks(surface=domain.surface(pattern), capability=_wanted(domain, pattern, method))
    ]
    return sorted(asked, key=lambda each: each[1] not in SAFE)


def _wanted(domain: Domain, pattern: str, method: str) -> str | None:
    return domain.methods[pattern].get("GET" if method == "HEAD" else method)


@pytest.mark.django_db
@pytest.mark.parametrize("capability", SECOND_FACTOR)
def test_what_is_protected_asks_owners_and_managers_for_a_second_factor(world: World, capability: str) -> None:
    routes = [
        (pattern, method)
        for pattern, methods in SHOP.methods.items()
        for method, asked in methods.items()
        if asked == capability
    ]
    assert routes
    for role, (pattern, method) in itertools.product(("owner", "manager"), routes):
        if capability not in capabilities_of(f"role:{role}"):
            continue
        for age in (None, SECOND_FACTOR[capability] + timedelta(minutes=1)):
            user = world.ids["own"]["members"][role].user
            client = signed_in(user, world.shop.tenant, second_factor_age=age)
            answer = ask(client, method, path_of(pattern, world.ids["own"]))
            assert answer.status_code == 403
            assert f"{settings.BASE_DOMAIN}/second-factor/?shop=morgenrot" in answer.content.decode()


@pytest.mark.django_db
def test_nobody_gets_anything_of_the_other_shop_by_its_ids(world: World) -> None:
    """Every id in every path is replaced by shop B's: never an answer that knows it, never a word of it."""
    leaks = []
    with_ids = {pattern: methods for pattern, methods in SHOP.methods.items() if re.search("<uuid:|_id>", pattern)}
    for caller, (pattern, methods) in itertools.product(SHOP.callers(world), with_ids.items()):
        for method in methods:
            if not caller.asks(surface=SHOP.surface(pattern), capability=methods[method]):
                continue
            response = ask(caller.client(), method, path_of(pattern, world.ids["foreign"]))
            body = response.content.decode()
            known = response.status_code < 300 or str(world.ids["foreign"]["customer"].number) in body or MARKER in body
            retried = pattern.endswith("retry/") and response.status_code == 302
            if known or (response.status_code >= 500 and not retried):
                leaks.append((caller.name, method, pattern, response.status_code))
    assert leaks == []
    with world.other.scope():
        assert Delivery.objects.get(pk=world.ids["foreign"]["delivery"].pk).state == "parked"
        world.ids["foreign"]["purchase"].refresh_from_db()
        assert world.ids["foreign"]["purchase"].voided_at is None
        world.ids["foreign"]["customer"].refresh_from_db()
        assert world.ids["foreign"]["customer"].name == MARKER


@pytest.mark.django_db
def test_nobody_gets_anything_on_the_bare_domain_by_the_other_shop_s_ids(world: World) -> None:
    """What a mail has proven, an invitation or a new password, opens to its bearer; ids and names open nothing."""
    leaks = []
    with_ids = [pattern for pattern in SITE.methods if re.search("<(slug|int|uuid):", pattern)]
    for caller, pattern in itertools.product(SITE.callers(world), with_ids):
        if caller.name == OF_THE_OTHER_SHOP:
            continue
        for method in SITE.methods[pattern]:
            response = ask(caller.client(), method, path_of(pattern, world.ids["foreign"]))
            to_sign_in = response.headers.get("Location", "").startswith("/accounts/")
            if not (response.status_code == 404 or to_sign_in) or MARKER in words(response):
                leaks.append((caller.name, method, pattern, response.status_code))
    assert with_ids
    assert leaks == []
    passkey = Authenticator.objects.get(user=world.ids["foreign"]["members"]["owner"].user)
    assert passkey.wrap().name == MARKER


@pytest.mark.django_db
def test_of_the_accounts_library_a_stranger_reaches_the_ways_in_and_nothing_else(world: World) -> None:
    """Its views state no capability of ours. Customers, tills, keys and a shop's sessions are strangers to it."""
    reached: dict[str, dict[str, tuple[int, str | None]]] = {}
    strangers = [caller for caller in SITE.callers(world) if not caller.holds]
    for caller, pattern in itertools.product(strangers, SITE.methods):
        answer = ask(caller.client(), "GET", path_of(pattern, world.ids["own"]))
        reached.setdefault(caller.name, {})[pattern] = (answer.status_code, answer.headers.get("Location"))
    anonymous = reached["anonymous"]
    assert {name for name, answers in reached.items() if answers != anonymous} == set()
    assert {
        route.name
        for pattern, route in SITE.routes.items()
        if route.callback.__module__.startswith("allauth.") and anonymous[pattern][0] != 302
    } == WAYS_IN


@pytest.mark.django_db
def test_the_public_site_shows_shops_to_members_only(world: World) -> None:
    own, foreign = world.ids["own"]["members"], world.ids["foreign"]["members"]
    assert browser(settings.BASE_DOMAIN).get("/shops/").status_code == 302
    assert signed_in(own["owner"].user).get("/second-factor/?shop=nordlicht").status_code == 404
    page = signed_in(own["analyst"].user).get("/shops/").content.decode()
    assert "Morgenrot" in page
    assert "Nordlicht" not in page
    assert signed_in(foreign["owner"].user).get("/shops/morgenrot/").status_code == 404
    assert signed_in(make_user()).get("/shops/morgenrot/").status_code == 404
    assert re.search(r"token=", signed_in(own["staff"].user).get("/shops/morgenrot/").headers["Location"])


@pytest.mark.django_db
@pytest.mark.parametrize("domain", DOMAINS, ids=["shop", "site"])
def test_every_unsafe_browser_route_wants_a_csrf_token(world: World, domain: Domain) -> None:
    unprotected = []
    for caller, (pattern, methods) in itertools.product(domain.few_callers(world), domain.methods.items()):
        if domain.surface(pattern) == "api" or "POST" not in methods or pattern in ONE_CLICK:
            continue
        client = caller.client()
        client.handler.enforce_csrf_checks = True
        if ask(client, "POST", path_of(pattern, world.ids["own"])).status_code != 403:
            unprotected.append((caller.name, pattern))
    assert unprotected == []


@pytest.mark.django_db
def test_a_key_works_in_its_own_shop_only(world: World) -> None:
    key = world.ids["own"]["write"]
    assert ApiClient(world.shop.tenant, key).post("purchases/preview", {}).status_code == 422
    assert ApiClient(world.other.tenant, key).post("purchases/preview", {}).status_code == 401
