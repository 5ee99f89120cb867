"""Every route states a capability: the check finds one that does not, and the middleware refuses it all the same."""

from collections.abc import Callable, Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from tenants.checks import routes_state_their_capability
from tenants.routes import PUBLIC, public, stated_routes, unstated_routes
from tests.factories import Shop
from tests.tenants import shop_urls
from tests.tenants.asking import ask, routes_of_tests

pytestmark = pytest.mark.django_db
CARELESS = "tests.tenants.careless_urls"


@pytest.fixture(autouse=True)
def routes() -> Iterator[None]:
    with routes_of_tests():
        yield


def test_routes_that_state_a_capability_pass(shop: Shop) -> None:
    assert unstated_routes() == []
    assert routes_state_their_capability() == []


def test_the_check_names_a_route_that_states_none(shop: Shop) -> None:
    with routes_of_tests(urlconf=CARELESS):
        errors = routes_state_their_capability()
    assert {error.id for error in errors} == {"tenants.E001"}
    assert f"{CARELESS}: /unstated/" in errors[0].msg


def test_the_check_finds_an_unstated_route_before_a_stated_one_of_the_same_pattern(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    twice = [
        path("twice/", shop_urls.unstated),
        shop_urls.surface.route("twice/", shop_urls.recall, name="twice", GET=PUBLIC),
    ]
    monkeypatch.setattr("tests.tenants.empty_urls.urlpatterns", twice)
    with routes_of_tests(urlconf="tests.tenants.empty_urls"):
        assert "tests.tenants.empty_urls: /twice/" in unstated_routes()


def test_an_unstated_route_is_not_served(shop: Shop) -> None:
    with routes_of_tests(urlconf=CARELESS):
        answer = ask("/unstated/", shop.host)
    assert answer.status_code == 500
    assert b"secret" not in answer.content


@pytest.mark.parametrize(
    ("method", "capabilities", "status"),
    [
        ("get", "", 401),
        ("get", "purchases.void", 403),
        ("get", "customers.read", 200),
        ("head", "customers.read", 200),
        ("head", "purchases.void", 403),
        ("post", "customers.read", 403),
        ("post", "purchases.void", 200),
        ("put", "customers.read customers.write", 405),
        ("delete", "customers.read customers.write", 405),
        ("patch", "", 405),
        ("options", "customers.read", 405),
    ],
)
def test_a_method_needs_its_own_capability(shop: Shop, method: str, capabilities: str, status: int) -> None:
    headers = {"X-Capabilities": capabilities} if capabilities else {}
    assert ask("/guarded/", shop.host, method=method, headers=headers).status_code == status


def test_a_public_route_needs_nobody_and_is_told_who_asks(shop: Shop) -> None:
    assert ask("/recall/", shop.host).status_code == 200
    assert ask("/recall/", shop.host, method="post").status_code == 405


def test_no_guarded_answer_is_cached(shop: Shop) -> None:
    answer = ask("/guarded/", shop.host, headers={"X-Capabilities": "customers.read"})
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("capabilities", [{}, {"GET": "customers.steal"}, {"GET": PUBLIC, "POST": ""}])
def test_a_route_without_a_known_capability_cannot_be_made(capabilities: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured):
        shop_urls.surface.route("x/", shop_urls.recall, name="x", **capabilities)


def test_public_marks_everything_under_an_include() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    views: list[Callable[[HttpRequest], HttpResponse]] = [view]
    public(path("a/", include(([path("b/", include(([path("c/", views[0])], "inner")))], "outer"))))
    assert view.capabilities == PUBLIC  # type: ignore[attr-defined]


def test_the_product_states_a_capability_for_every_route() -> None:
    with routes_of_tests(urlconf="loyalty.urls"):
        assert unstated_routes() == []
        assert stated_routes("loyalty.urls")
    with routes_of_tests(urlconf="loyalty.public_urls"):
        assert unstated_routes() == []
