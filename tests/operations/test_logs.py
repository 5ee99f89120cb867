"""A line says which route, which shop and how long; it never says who, whatever a request or an exception carries."""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from celery import shared_task
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.test import Client, override_settings
from django.urls import get_resolver
from structlog.contextvars import bound_contextvars

from loyalty.celery import app
from operations import logs
from tenants.routes import stated_routes
from tests.clients import ApiClient, browser, phone
from tests.factories import Shop, make_api_key, make_customer, make_shop
from tests.operations.conftest import Written
from tests.tenants.asking import ask, routes_of_tests

pytestmark = pytest.mark.django_db

CANARIES = {
    "mail": "kanarienvogel@example.org",
    "phone": "+4915112345678",
    "name": "Kanarienvogel",
    "code": "739155",
    "pin": "918273",
}
HARMLESS = {"code", "pin"}  # six digits may be part of a duration or an id: they are looked for as words


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def leaks(text: str, *more: str) -> list[str]:
    words = [re.escape(word) for word in (*CANARIES.values(), *more)]
    return sorted(set(re.findall(rf"(?<![\w.]){'|'.join(words)}(?![\w.])", text)))


@pytest.fixture(autouse=True)
def tasks_at_once() -> Iterator[None]:
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


# --- Lines ----------------------------------------------------------------------------------------------------------


def test_a_request_leaves_one_line_with_its_route_shop_actor_and_duration(shop: Shop, written: Written) -> None:
    with shop.scope():
        key, text = make_api_key()
        customer = make_customer()
    ApiClient(shop.tenant, text).get(f"customers/{customer.public_id}")
    (line,) = written.of("request")
    assert line.pop("milliseconds") >= 0
    assert re.fullmatch(r"[0-9a-f]{32}", line.pop("request_id"))
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "operations.requests",
        "method": "GET",
        "route": "/api/v1/customers/<uuid:customer_id>",
        "status": 200,
        "tenant": shop.tenant.pk,
        "actor": f"key:{key.pk}",
    }


def test_an_unknown_path_is_not_repeated(shop: Shop, written: Written) -> None:
    ask("/Kanarienvogel", shop.host)
    (line,) = written.of("request")
    assert (line["route"], line["status"]) == ("(none)", 404)
    assert leaks(written.text) == []


def test_a_line_from_inside_a_scope_names_the_shop_and_the_request(shop: Shop, written: Written) -> None:
    with shop.scope():
        logging.getLogger("customers").warning("inside", extra={"figure": 3})
    logging.getLogger("customers").warning("outside")
    (inside,), (outside,) = written.of("inside"), written.of("outside")
    assert (inside["tenant"], inside["figure"]) == (shop.tenant.pk, 3)
    assert "tenant" not in outside


def test_the_answer_names_the_request_so_that_its_lines_can_be_found(shop: Shop, written: Written) -> None:
    answer = ask("/", shop.host)
    assert {line["request_id"] for line in written.lines} == {answer["X-Request-ID"]}


@pytest.mark.parametrize("given", ["0123456789abcdef" * 2, "01234567-89ab-cdef-0123-456789abcdef"])
def test_the_proxy_s_id_is_kept_but_only_where_there_is_a_proxy(shop: Shop, given: str) -> None:
    assert ask("/", shop.host, headers={"X-Request-ID": given})["X-Request-ID"] != given
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1):
        assert ask("/", shop.host, headers={"X-Request-ID": given})["X-Request-ID"] == given
        assert ask("/", shop.host, headers={"X-Request-ID": CANARIES["mail"]})["X-Request-ID"] != CANARIES["mail"]


@shared_task(name="tests.operations.quiet")
def quiet(tenant_id: int, word: str) -> None:
    logging.getLogger("customers").warning("in the task")


def test_a_task_leaves_one_line_without_its_arguments(shop: Shop, written: Written) -> None:
    quiet.delay(shop.tenant.pk, CANARIES["name"])
    (inside,), (line,) = written.of("in the task"), written.of("task")
    assert inside["tenant"] == line["tenant"] == shop.tenant.pk
    assert (line["task"], line["state"], line["task_id"]) == (quiet.name, "SUCCESS", inside["task_id"])
    assert leaks(written.text) == []


@pytest.mark.django_db(transaction=True)
def test_a_task_s_line_names_the_request_that_it_came_from(written: Written) -> None:
    shop = make_shop()
    app.conf.task_always_eager = False
    app.control.purge()
    with start_worker(app, pool="threads", concurrency=1, perform_ping_check=False, shutdown_timeout=30):
        written.listen()
        with bound_contextvars(request_id="0" * 32):
            quiet.delay(shop.tenant.pk, CANARIES["name"])
        wait_until(lambda: bool(written.of("task")))
    (line,) = written.of("task")
    assert (line["request_id"], line["tenant"]) == ("0" * 32, shop.tenant.pk)
    assert leaks(written.text) == []


def test_a_failed_task_leaves_its_exception_without_what_that_says(shop: Shop, written: Written) -> None:
    @shared_task(name="tests.operations.loud")
    def loud(tenant_id: int, word: str) -> None:
        raise LookupError(f"no customer is called {word}")

    loud.apply(args=(shop.tenant.pk, CANARIES["name"]))
    (failure,), (line,) = written.of("task failed"), written.of("task")
    assert failure["exception"][0]["type"] == "builtins.LookupError"
    assert failure["exception"][0]["at"][-1].startswith("tests/operations/test_logs.py:")
    assert (failure["level"], line["state"]) == ("error", "FAILURE")
    assert leaks(written.text) == []


# --- What others log ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "arguments", "event"),
    [
        (
            "cannot reach %s: %s",
            ("kanarienvogel@example.org", ConnectionError("…")),
            "cannot reach …: builtins.ConnectionError",
        ),
        ("took %d of %d s", (3, 5), "took 3 of 5 s"),
        ("took %.1f s", (Decimal("1.5"),), "took %.1f s"),
        ("%(who)s signed in", ({"who": "Kanarienvogel"},), "… signed in"),
        ("%s: %s", ("Not Found", "/Kanarienvogel"), "elsewhere"),
        ("100 % sure", (), "100 % sure"),
        ({"who": "a message need not be text"}, (), "{'who': 'a message need not be text'}"),
    ],
)
def test_arguments_of_other_packages_are_left_out(
    written: Written, message: Any, arguments: tuple[Any, ...], event: str
) -> None:
    logging.getLogger("elsewhere").warning(message, *arguments, extra={"request": "Kanarienvogel"})
    (line,) = written.lines
    assert line["event"] == event
    assert leaks(written.text) == []


def test_a_line_stays_one_line_whatever_it_says(written: Written) -> None:
    logging.getLogger("customers").warning("said", extra={"word": "a\nb\r\n{}"})
    assert len(written.text.splitlines()) == 1
    assert written.lines[0]["word"] == "a\nb\r\n{}"


def test_developers_see_everything(shop: Shop) -> None:
    formatter = logs.readable_lines()
    record = logging.LogRecord("elsewhere", logging.ERROR, __file__, 1, "cannot reach %s", ("somebody",), None)
    assert "cannot reach somebody" in formatter.format(record)
    try:
        raise LookupError("Kanarienvogel")
    except LookupError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    assert "LookupError: Kanarienvogel" in formatter.format(record)


# --- Canaries -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["says", "collides"])
def test_a_crash_says_where_and_not_what(shop: Shop, written: Written, path: str) -> None:
    with shop.scope():
        make_customer()
    with routes_of_tests(urlconf="tests.operations.urls"):
        assert ask(f"/{path}/Kanarienvogel/", shop.host).status_code == 500
    (crash,) = written.of("django.request")
    assert crash["exception"][0]["at"][-1].startswith(("tests/operations/urls.py:", "psycopg/", "django/"))
    assert leaks(written.text) == []
    if path == "says":
        assert [each["type"] for each in crash["exception"]] == ["builtins.LookupError", "builtins.ValueError"]
    else:
        assert crash["exception"][-1]["sqlstate"] == "23505"
        assert crash["exception"][-1]["table"] == "customers_customer"
    assert json.dumps(crash).count("request_id") == 1


def test_no_request_leaves_personal_data_in_the_log(shop: Shop, written: Written) -> None:
    """Every route, with canaries in path, query, body, headers and cookies."""
    with shop.scope():
        _, key = make_api_key()
        customer = make_customer(name=CANARIES["name"], email=CANARIES["mail"], phone=CANARIES["phone"])
    for urlconf, host in ((settings.ROOT_URLCONF, shop.host), (settings.PUBLIC_URLCONF, settings.BASE_DOMAIN)):
        for pattern in stated_routes(urlconf):
            for client in (browser(host), phone(customer, shop.tenant, host=host), _with_key(host, key)):
                _carry_canaries(client, _path(pattern, customer.public_id), key)
    assert len(written.of("request")) > 100
    assert leaks(written.text, key, str(customer.public_id)) == []


def _with_key(host: str, key: str) -> Client:
    client = browser(host)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def _carry_canaries(client: Client, path: str, key: str) -> None:
    client.cookies["name"] = CANARIES["name"]
    headers = {"Referer": f"https://x.example/{CANARIES['mail']}", "User-Agent": CANARIES["name"], "X-Key": key}
    fields = CANARIES | {"email": CANARIES["mail"], "q": CANARIES["name"], "login": CANARIES["mail"], "password": key}
    client.get(path, fields, headers=headers)
    client.post(path, fields, headers=headers)
    client.post(path, json.dumps(fields), content_type="application/json", headers=headers)


def _path(pattern: str, public_id: uuid.UUID) -> str:
    values = {"uuid": str(public_id), "int": "1", "str": CANARIES["name"], "slug": CANARIES["name"], "path": "x"}
    filled = re.sub(r"<(?:([a-z]+):)?[a-z_0-9]+>", lambda match: values.get(match[1] or "str", "x"), pattern)
    return "/" + re.sub(r"\(\?P<[a-z_0-9]+>[^)]*\)|[\^$\\]", CANARIES["name"], filled)


def test_the_way_to_every_route_is_found() -> None:
    match = get_resolver(settings.ROOT_URLCONF).resolve(_path("api/v1/customers/<uuid:customer_id>", uuid.uuid4()))
    assert match.route == "api/v1/customers/<uuid:customer_id>"
