"""Every route for everybody: generated from the routes themselves, so that a new one cannot be forgotten.

For each caller a route either opens (its capability is held) or refuses in its surface's way; and no answer to anybody
contains a word that only the other shop knows.
"""

import io
import itertools
import re
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern

from api.access import API
from backoffice.access import BACKOFFICE
from checkout.access import CHECKOUT, SHIFT, new_shift
from customers.cards import issue_card
from customers.notes import add_note
from customers.tags import add_tag
from events.models import Delivery, Event
from portal.access import PORTAL
from team.services import revoke_api_key
from tenants.hosts import SESSION_TENANT
from tenants.roles import ALL_CAPABILITIES, MOMENT, SECOND_FACTOR, SYSTEM, WORKING_DAY, capabilities_of, held_back
from tenants.routes import PUBLIC, stated_routes
from tests.clients import ApiClient, bind, browser, phone, signed_in
from tests.factories import (
    NOW,
    Shop,
    make_api_key,
    make_customer,
    make_device,
    make_import,
    make_invitation,
    make_member,
    make_purchase,
    make_shop,
    make_store,
    make_user,
)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SURFACES = {"api/v1/": "api", "backoffice/": "backoffice", "checkout/": "checkout", "": "portal"}
# What members add to their role: how long ago they have shown a second factor.
SECOND_FACTORS: dict[str, timedelta | None] = {
    "": timedelta(0),
    " without a second factor": None,
    " after a moment": MOMENT + timedelta(minutes=1),
    " after a working day": WORKING_DAY + timedelta(minutes=1),
}
# What only shop B knows; it must never reach anybody who asks shop A.
MARKER = "Zwölfender"


@dataclass
class World:
    """Two shops, and what a path of one of them needs: the ids stand for shop A's or shop B's things."""

    shop: Shop
    other: Shop
    ids: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Caller:
    """Somebody who asks, and the capabilities they hold at shop A, by surface."""

    name: str
    client: Callable[[], Client]
    holds: dict[str, frozenset[str]]


@pytest.fixture
def world(db: None) -> World:
    shop, other = make_shop("morgenrot"), make_shop("nordlicht")
    return World(shop=shop, other=other, ids={"own": _things(shop, "Jana Krüger"), "foreign": _things(other, MARKER)})


def _things(shop: Shop, name: str) -> dict[str, Any]:
    with shop.scope():
        till, token = make_device(store=shop.store)
        customer = make_customer(name=name, email="jana@example.org")
        award = make_purchase(customer=customer, store=shop.store)
        event = Event.objects.create(name="planted", actor="system", occurred_at=NOW)
        parked = Delivery.objects.create(
            event=event, handler=f"planted by {name}", state="parked", next_attempt_at=NOW, error=name
        )
        return {
            "customer": customer,
            "note": add_note(customer=customer, text=name, actor=SYSTEM, now=NOW),
            "tag": add_tag(customer=customer, name=name, actor=SYSTEM),
            "card": issue_card(customer=customer, actor=SYSTEM, now=NOW),
            "purchase": award.purchase,
            "till": till,
            "token": token,
            # Things that a path may change or take away, apart from those that the callers hold.
            "store": make_store(code="hafen", name=f"Hafen {name}"),
            "device": make_device(store=shop.store, name=f"Kasse {name}")[0],
            "member": make_member(role="staff", name=name),
            "invitation": make_invitation(email="neu@example.org", name=name),
            "key": make_api_key()[0],
            "delivery": parked,
            "import": make_import(lines=("Name", name), name=f"{name}.csv"),
            "kind": "terms",
            "channel": "email",
            "ending": "json",
            "size": "192",
            "number": 1,
            "color": "b5482a",
            "members": {role: make_member(role=role, pin="4711") for role in ("owner", "manager", "analyst", "staff")},
            "read": make_api_key(scopes=["read"])[1],
            "write": make_api_key(scopes=["write"])[1],
            "revoked": _revoked_key(),
        }


def _revoked_key() -> str:
    key, text = make_api_key()
    revoke_api_key(key=key, actor=SYSTEM, now=NOW)
    return text


def callers(world: World) -> Iterator[Caller]:
    shop, own, foreign = world.shop.tenant, world.ids["own"], world.ids["foreign"]
    nothing: dict[str, frozenset[str]] = {}
    yield Caller("anonymous", lambda: browser(shop.host), nothing)
    yield Caller(
        "customer",
        lambda: phone(own["customer"], shop),
        {"portal": capabilities_of("customer")},
    )
    yield Caller(
        "customer of the other shop",
        lambda: phone(foreign["customer"], world.other.tenant, host=shop.host),
        nothing,
    )
    for (role, member), (shown, age) in itertools.product(own["members"].items(), SECOND_FACTORS.items()):
        held = capabilities_of(f"role:{role}")
        if shown and not held & SECOND_FACTOR.keys():
            continue
        holds = {"backoffice": held - held_back(held, second_factor_age=age)}
        yield Caller(role + shown, partial(signed_in, member.user, shop, second_factor_age=age), holds)
    owner_elsewhere = foreign["members"]["owner"].user
    yield Caller("other shop's owner", lambda: signed_in(owner_elsewhere, shop), nothing)
    yield Caller(
        "other shop's owner, with the session of that shop",
        lambda: signed_in(owner_elsewhere, world.other.tenant, host=shop.host),
        nothing,
    )
    yield Caller("device", lambda: bind(browser(shop.host), own["token"]), {"checkout": capabilities_of("device")})
    yield Caller("device of the other shop", lambda: bind(browser(shop.host), foreign["token"]), nothing)
    yield Caller("till", lambda: _till(world), {"checkout": capabilities_of("till")})
    for name, key, scope in (
        ("key read", own["read"], capabilities_of("scope:read")),
        ("key write", own["write"], capabilities_of("scope:write")),
        ("key revoked", own["revoked"], frozenset[str]()),
        ("key of the other shop", foreign["write"], frozenset[str]()),
        ("key forged for this shop", foreign["write"].replace("lk_nordlicht_", "lk_morgenrot_"), frozenset[str]()),
    ):
        yield Caller(name, partial(_with_key, world, key), {"api": scope})


def _till(world: World) -> Client:
    own = world.ids["own"]
    shift = new_shift(own["members"]["staff"], own["till"])
    return bind(browser(world.shop.host, **{SHIFT: shift, SESSION_TENANT: world.shop.tenant.pk}), own["token"])


def _with_key(world: World, key: str) -> Client:
    client = browser(world.shop.host)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def _path(pattern: str, things: dict[str, Any]) -> str:
    """A real path of a route's pattern, with the ids of one shop's things.

    `<int:store_id>` stands for the key of the thing "store", `<uuid:…>` for a public id, anything else for a word.
    """

    def filled(match: re.Match[str]) -> str:
        kind, name = match.groups()
        if kind == "uuid":
            return str(things["purchase" if "purchases/" in pattern else "customer"].public_id)
        return str(things[name.removesuffix("_id")].pk if name.endswith("_id") else things[name])

    return "/" + re.sub("<([a-z]+):([a-z_]+)>", filled, pattern)


def _words(response: HttpResponse) -> str:
    """What an answer says, also where it is an archive of tables."""
    if response.headers.get("Content-Type") != "application/zip":
        return response.content.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def _surface(pattern: str) -> str:
    return next(surface for prefix, surface in SURFACES.items() if pattern.startswith(prefix))


def _ask(client: Client, method: str, path: str) -> HttpResponse:
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    return client.generic(method, path, b"{}" if path.startswith("/api/") else b"", headers=headers)  # type: ignore[return-value]


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> list[HttpResponse]:
    """The answers with which surfaces have refused, in order."""
    refused: list[HttpResponse] = []
    for surface, way in itertools.product((API, BACKOFFICE, CHECKOUT, PORTAL), ("refuse", "ask_second_factor")):
        answer = getattr(surface, way)
        if answer is None:
            continue

        def spy(*asked: Any, answer: Callable[..., HttpResponse] = answer) -> HttpResponse:
            refused.append(answer(*asked))
            return refused[-1]

        monkeypatch.setitem(surface.__dict__, way, spy)
    return refused


ROUTES = stated_routes(settings.ROOT_URLCONF)
STATED = {
    pattern: route.callback.capabilities  # type: ignore[attr-defined]
    for pattern, route in ROUTES.items()
    if route.callback.capabilities != PUBLIC  # type: ignore[attr-defined]
}


def test_every_route_of_a_shop_is_in_the_matrix_or_public() -> None:
    public = {pattern for pattern, route in ROUTES.items() if pattern not in STATED}
    files = {"brand/<slug:name>.css", "brand/<slug:name>.png", "brand/large/<slug:name>.png", "icon-<str:size>.png"}
    assert public == {"api/v1/schema/", "api/v1/docs/"} | files
    assert all(isinstance(route, URLPattern) for route in ROUTES.values())


def test_every_capability_that_a_role_holds_is_asked_for_by_a_route() -> None:
    on_the_bare_domain = capabilities_of("user")
    asked = {capability for methods in STATED.values() for capability in methods.values()}
    assert asked - {PUBLIC} == ALL_CAPABILITIES - on_the_bare_domain


@pytest.mark.django_db
def test_every_caller_reaches_exactly_the_routes_whose_capability_they_hold(
    world: World, refusals: list[HttpResponse]
) -> None:
    wrong = []
    for caller, (pattern, methods) in itertools.product(callers(world), STATED.items()):
        for method in METHODS if caller.name in ("anonymous", "owner") else methods:
            capability = methods.get("GET" if method == "HEAD" else method)
            refusals.clear()
            response = _ask(caller.client(), method, _path(pattern, world.ids["own"]))
            if capability is None:
                expected = response.status_code == 405
            elif capability == PUBLIC or capability in caller.holds.get(_surface(pattern), frozenset()):
                expected = not refusals and response.status_code < 500
            else:
                expected = len(refusals) == 1 and response.status_code in (302, 401, 403)
            if not expected:
                wrong.append((caller.name, method, pattern, response.status_code, response.headers.get("Location")))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.django_db
@pytest.mark.parametrize("capability", SECOND_FACTOR)
def test_what_is_protected_asks_owners_and_managers_for_a_second_factor(world: World, capability: str) -> None:
    routes = [
        (pattern, method)
        for pattern, methods in STATED.items()
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
            answer = _ask(client, method, _path(pattern, world.ids["own"]))
            assert answer.status_code == 403
            assert f"{settings.BASE_DOMAIN}/second-factor/?shop=morgenrot" in answer.content.decode()


@pytest.mark.django_db
def test_nobody_gets_anything_of_the_other_shop_by_its_ids(world: World) -> None:
    """Every id in every path is replaced by shop B's: never an answer that knows it, never a word of it."""
    leaks = []
    with_ids = {pattern: methods for pattern, methods in STATED.items() if re.search("<uuid:|_id>", pattern)}
    for caller, (pattern, methods) in itertools.product(callers(world), with_ids.items()):
        for method in methods:
            response = _ask(caller.client(), method, _path(pattern, world.ids["foreign"]))
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
def test_no_page_of_one_shop_knows_a_word_of_the_other(world: World) -> None:
    leaks = [
        (caller.name, pattern)
        for caller, (pattern, methods) in itertools.product(callers(world), STATED.items())
        if "GET" in methods and MARKER in _words(_ask(caller.client(), "GET", _path(pattern, world.ids["own"])))
    ]
    assert leaks == []


@pytest.mark.django_db
def test_the_public_site_shows_shops_to_members_only(world: World) -> None:
    own, foreign = world.ids["own"]["members"], world.ids["foreign"]["members"]
    assert browser(settings.BASE_DOMAIN).get("/shops/").status_code == 302
    page = signed_in(own["analyst"].user).get("/shops/").content.decode()
    assert "Morgenrot" in page
    assert "Nordlicht" not in page
    assert signed_in(foreign["owner"].user).get("/shops/morgenrot/").status_code == 404
    assert signed_in(make_user()).get("/shops/morgenrot/").status_code == 404
    assert re.search(r"token=", signed_in(own["staff"].user).get("/shops/morgenrot/").headers["Location"])


@pytest.mark.django_db
def test_every_unsafe_browser_route_wants_a_csrf_token(world: World) -> None:
    unprotected = []
    for caller, (pattern, methods) in itertools.product(callers(world), STATED.items()):
        if _surface(pattern) == "api" or "POST" not in methods:
            continue
        client = caller.client()
        client.handler.enforce_csrf_checks = True
        if _ask(client, "POST", _path(pattern, world.ids["own"])).status_code != 403:
            unprotected.append((caller.name, pattern))
    assert unprotected == []


@pytest.mark.django_db
def test_a_key_works_in_its_own_shop_only(world: World) -> None:
    key = world.ids["own"]["write"]
    assert ApiClient(world.shop.tenant, key).post("purchases/preview", {}).status_code == 422
    assert ApiClient(world.other.tenant, key).post("purchases/preview", {}).status_code == 401
