"""What holds for every answer of every route: its headers, its cookies, and that asking changes nothing."""

import itertools
from collections.abc import Iterator
from http.cookies import Morsel

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from pytest_django import Settings

from tests.clients import browser
from tests.routes.world import DOMAINS, SHOP, Domain, World, ask, path_of

pytestmark = pytest.mark.django_db
on_both_domains = pytest.mark.parametrize("domain", DOMAINS, ids=["shop", "site"])

WANTED = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# The tables that may change when somebody only looks: the browser's own session.
# Sessions; and what is noted of a visit: a code that is made the first time, and how often a code's page is opened.
OWN = {"django_session", "referrals_invitation", "referrals_invitationclicks"}


def answers(world: World, domain: Domain) -> Iterator[tuple[str, str, HttpResponse]]:
    """Everybody asks for everything, by every method that a route knows."""
    for caller, (pattern, methods) in itertools.product(domain.few_callers(world), domain.methods.items()):
        for method in ("GET", *(method for method in methods if method != "GET")):
            answer = ask(caller.client(), method, path_of(pattern, world.ids["own"]))
            yield caller.name, f"{method} {pattern}", answer


@on_both_domains
def test_every_answer_carries_the_headers_that_protect_it_and_keeps_its_cookies_from_scripts_and_other_hosts(
    world: World, settings: Settings, domain: Domain
) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    faults = []
    seen: set[int] = set()
    set_cookies: set[str] = set()
    for caller, asked, answer in answers(world, domain):
        seen.add(answer.status_code)
        faults += [(caller, asked, name) for name, value in WANTED.items() if answer.headers.get(name) != value]
        policy = answer.headers.get("Content-Security-Policy", "")
        if "frame-ancestors 'none'" not in policy or "unsafe-" in policy.replace("'wasm-unsafe-eval'", ""):
            faults.append((caller, asked, policy))
        kept = {name: cookie for name, cookie in answer.cookies.items() if cookie.value}  # others are taken back
        set_cookies |= kept.keys()
        faults += [(caller, asked, name) for name, cookie in kept.items() if not _is_kept_close(name, cookie)]
    assert faults == []
    assert ({200, 302, 403, 404, 405} if domain is SHOP else {200, 302, 404}) <= seen
    assert settings.CSRF_COOKIE_NAME in set_cookies


def _is_kept_close(name: str, cookie: Morsel[str]) -> bool:
    is_ours = name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    is_close = cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["domain"]
    return bool(is_close and (cookie["secure"] or not is_ours))


@on_both_domains
def test_asking_for_a_page_changes_nothing(world: World, domain: Domain) -> None:
    changed = []
    for caller, (pattern, methods) in itertools.product(domain.few_callers(world), domain.methods.items()):
        if "GET" not in methods:
            continue
        before = _rows()
        ask(caller.client(), "GET", path_of(pattern, world.ids["own"]))
        if before != _rows():
            changed.append((caller.name, pattern))
    assert changed == []


def test_every_public_file_and_document_carries_them_too(world: World) -> None:
    for pattern in set(SHOP.routes) - set(SHOP.methods):
        answer = browser(world.shop.host).get(f"/{pattern.replace('<slug:name>', 'none')}")
        for name, value in WANTED.items():
            assert answer.headers.get(name) == value, pattern
    assert settings.X_FRAME_OPTIONS == "DENY"


def _rows() -> list[tuple[str, int, int]]:
    """Of both shops together, as the statistics of this transaction count them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins, n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE schemaname = 'public' ORDER BY relname"
        )
        return [row for row in cursor.fetchall() if row[0] not in OWN]
