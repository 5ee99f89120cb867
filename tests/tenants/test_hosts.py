"""The host picks the shop; a request sees that shop until the last byte, and leaves nothing behind if it fails."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client, override_settings

from team.models import Store
from tenants.hosts import ScopeMiddleware
from tenants.scope import _state, scoped_tenant
from tests.factories import Shop, make_tenant
from tests.tenants.asking import ask, routes_of_tests
from tests.tenants.laboratory import rows, unguarded

pytestmark = pytest.mark.django_db
BASE = settings.BASE_DOMAIN.partition(":")[0]


@pytest.fixture(autouse=True)
def routes() -> Iterator[None]:
    with routes_of_tests():
        yield


def codes(shop: Shop) -> list[str]:
    with shop.scope():
        return list(Store.objects.order_by("pk").values_list("code", flat=True))


def with_own_code(shop: Shop) -> str:
    """Give the shop's store a code that tells it apart."""
    with shop.scope():
        Store.objects.update(code=shop.tenant.slug)
    return shop.tenant.slug


# --- Which shop -----------------------------------------------------------------------------------------------------


def test_the_slug_in_the_host_picks_the_shop(shops: tuple[Shop, Shop]) -> None:
    for shop in shops:
        code = with_own_code(shop)
        assert ask("/rendered/", shop.host).content.decode() == f"{code};"


@pytest.mark.parametrize(
    "spelling", ["morgenrot.{base}", "MORGENROT.{base}", "morgenrot.{base}:80", "morgenrot.{base}:9999"]
)
def test_case_and_port_do_not_matter(shops: tuple[Shop, Shop], spelling: str) -> None:
    assert ask("/count/", spelling.format(base=BASE)).status_code == 200


def test_a_shop_s_own_domain_picks_it_and_its_slug_still_does(shop: Shop) -> None:
    shop.tenant.domain = "treue.example.org"
    shop.tenant.save()
    with_own_code(shop)
    for host in ("treue.example.org", "TREUE.example.org:8443", f"morgenrot.{BASE}"):
        assert ask("/rendered/", host).content == b"morgenrot;"


def test_the_bare_domain_is_no_shop_and_has_its_own_routes(shops: tuple[Shop, Shop]) -> None:
    with override_settings(PUBLIC_URLCONF="tests.tenants.empty_urls"):
        assert ask("/count/", settings.BASE_DOMAIN).status_code == 404
        assert ask("/count/", BASE).status_code == 404
        assert ask("/count/", shops[0].host).status_code == 200


def test_the_bare_domain_opens_no_scope(shops: tuple[Shop, Shop]) -> None:
    assert ask("/count/", settings.BASE_DOMAIN).status_code == 500


@pytest.mark.parametrize(
    "host",
    [
        "unknown.{base}",
        "a.morgenrot.{base}",
        "morgenrot.{base}.",
        "morgenrot.{base}.evil.example",
        "morgenrot",
        "morgenrot.example.org",
        "x{base}",
        ".{base}",
        "127.0.0.1",
        "[::1]",
        "1",
    ],
)
def test_an_unknown_host_is_answered_with_not_found(shops: tuple[Shop, Shop], host: str) -> None:
    answer = ask("/count/", host.format(base=BASE))
    assert (answer.status_code, answer.cookies) == (404, {})


@pytest.mark.parametrize(
    "host",
    [
        "morgenrot.{base}/nordlicht",
        "morgenrot.{base}@evil.example",
        "mor genrot.{base}",
        "a_b'--.{base}",
        "{base}:x",
        "%00",
    ],
)
def test_a_poisoned_host_is_refused(shops: tuple[Shop, Shop], host: str) -> None:
    assert ask("/count/", host.format(base=BASE)).status_code == 400


def test_a_forwarded_host_does_not_pick_the_shop(shops: tuple[Shop, Shop]) -> None:
    with_own_code(shops[0])
    answer = Client().get("/rendered/", HTTP_HOST=shops[0].host, HTTP_X_FORWARDED_HOST=shops[1].host)
    assert answer.content == b"morgenrot;"


def test_a_shop_without_a_domain_is_not_found_under_an_empty_one(db: None) -> None:
    make_tenant("morgenrot")
    assert ask("/count/", "none").status_code == 404


# --- Sessions -------------------------------------------------------------------------------------------------------


def test_a_session_lasts_on_the_host_that_made_it(shop: Shop) -> None:
    client = Client()
    ask("/remember/", shop.host, client=client)
    assert ask("/recall/", shop.host, client=client).content == b"7"
    assert ask("/recall/", shop.host, client=client).content == b"7"


def test_a_session_carried_to_another_shop_is_worthless_and_gone(shops: tuple[Shop, Shop]) -> None:
    client = Client()
    ask("/remember/", shops[0].host, client=client)
    stolen = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert ask("/recall/", shops[1].host, client=client).content == b"None"
    assert not Session.objects.filter(session_key=stolen).exists()
    client.cookies[settings.SESSION_COOKIE_NAME] = stolen
    assert ask("/recall/", shops[0].host, client=client).content == b"None"


def test_a_session_of_the_bare_domain_is_worthless_in_a_shop_and_the_other_way_round(shop: Shop) -> None:
    for here, there in ((settings.BASE_DOMAIN, shop.host), (shop.host, settings.BASE_DOMAIN)):
        client = Client()
        ask("/remember/", here, client=client)
        assert ask("/recall/", there, client=client).content == b"None"


def test_an_invented_session_is_worthless(shop: Shop) -> None:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    assert ask("/recall/", shop.host, client=client).content == b"None"


# --- What a request leaves behind -----------------------------------------------------------------------------------


def test_what_a_successful_request_wrote_is_kept(shops: tuple[Shop, Shop]) -> None:
    assert ask("/keep/", shops[0].host).status_code == 201
    assert (codes(shops[0]), codes(shops[1])) == (["main", "kept"], ["main"])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500, 503])
def test_a_refusal_leaves_nothing_written(shop: Shop, status: int) -> None:
    assert ask(f"/refused/{status}/", shop.host).status_code == status
    assert codes(shop) == ["main"]


def test_a_refusal_by_rest_framework_leaves_nothing_written(shop: Shop) -> None:
    assert 400 <= ask("/rest/", shop.host, method="post").status_code < 500
    assert codes(shop) == ["main"]


@pytest.mark.parametrize("path", ["/broken/", "/broken-transaction/"])
def test_a_crash_leaves_nothing_written_and_answers_with_a_page(shop: Shop, path: str) -> None:
    answer = ask(path, shop.host)
    assert answer.status_code == 500
    assert b"<html" in answer.content
    assert codes(shop) == ["main"]
    assert scoped_tenant() is None


@pytest.mark.parametrize("path", ["/unknown/", "/broken/"])
def test_error_pages_make_no_query_of_their_own(shop: Shop, path: str) -> None:
    """Nothing after the view's own statement, with which the scope travels; the tenant's look-up comes before."""
    asked: list[str] = []

    def note(execute: Any, statement: str, *rest: Any) -> Any:
        if "SAVEPOINT" not in statement:
            asked.append(statement)
        return execute(statement, *rest)

    with connection.execute_wrapper(note):
        ask(path, shop.host)
    kinds = ["tenants_tenant", *(["team_store"] if path == "/broken/" else [])]
    assert len(asked) == len(kinds)
    assert [kind for kind, statement in zip(kinds, asked, strict=True) if kind not in statement] == []


def test_a_page_rendered_after_the_view_sees_its_rows(shop: Shop) -> None:
    assert ask("/rendered/", shop.host).content == b"main;"


def test_a_streamed_answer_sees_its_rows_and_no_others(shops: tuple[Shop, Shop]) -> None:
    for shop in shops:
        code = with_own_code(shop)
        answer = ask("/streamed/", shop.host)
        assert b"".join(answer.streaming_content) == f"{code};".encode()
        assert scoped_tenant() is None


# --- Middlewares that look right and are not ------------------------------------------------------------------------


class KeepsRefusals:
    """The scope without a rollback: an answer of 400 is no exception, so the transaction commits."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        from tenants.scope import tenant_scope

        with tenant_scope(request.tenant):  # type: ignore[attr-defined]
            return self.get_response(request)


class ScopeAroundTheViewOnly:
    """Sets the tenant before the view, in a transaction that ATOMIC_REQUESTS closes before rendering."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> HttpResponseBase:
        with transaction.atomic():
            rows("SELECT set_config('app.tenant_id', %s, true)", str(request.tenant.pk))  # type: ignore[attr-defined]
            answer: HttpResponseBase = view(request, *args, **kwargs)
        return answer


def instead_of_the_scope(middleware: type) -> list[str]:
    ours = f"{ScopeMiddleware.__module__}.{ScopeMiddleware.__qualname__}"
    theirs = f"{middleware.__module__}.{middleware.__qualname__}"
    return [theirs if name == ours else name for name in settings.MIDDLEWARE]


def test_pitfall_a_scope_without_a_rollback_keeps_half_of_a_refused_request(shop: Shop) -> None:
    with override_settings(MIDDLEWARE=instead_of_the_scope(KeepsRefusals)):
        assert ask("/refused/409/", shop.host).status_code == 409
        assert codes(shop) == ["main", "half"]


@pytest.mark.django_db(transaction=True)
def test_pitfall_a_scope_around_get_response_shows_a_stream_nothing(shop: Shop) -> None:
    with override_settings(MIDDLEWARE=instead_of_the_scope(KeepsRefusals)), unguarded():
        answer = ask("/streamed/", shop.host)
        assert (answer.status_code, b"".join(answer.streaming_content)) == (200, b"")


@pytest.mark.django_db(transaction=True)
def test_pitfall_a_scope_around_the_view_renders_an_empty_page(shop: Shop) -> None:
    middleware = instead_of_the_scope(ScopeAroundTheViewOnly)
    with override_settings(MIDDLEWARE=middleware), unguarded():
        answer = ask("/rendered/", shop.host)
        assert (answer.status_code, answer.content) == (200, b"")


def test_the_connection_forgets_its_scope_after_every_kind_of_answer(shop: Shop) -> None:
    for path in ("/keep/", "/refused/404/", "/broken/", "/broken-transaction/", "/unknown/"):
        ask(path, shop.host)
        assert _state() == {}


# --- Transport ------------------------------------------------------------------------------------------------------


def strict_transport(host: str) -> str | None:
    with override_settings(SECURE_HSTS_SECONDS=60):
        return Client().get("/nowhere", HTTP_HOST=host, secure=True).headers.get("Strict-Transport-Security")


def test_only_the_base_domain_speaks_for_the_names_below_it(shop: Shop) -> None:
    shop.tenant.domain = "treue.example.org"
    shop.tenant.save()
    assert strict_transport(settings.BASE_DOMAIN) == "max-age=60; includeSubDomains"
    assert strict_transport(shop.host) == strict_transport("treue.example.org") == "max-age=60"
