"""An owner closes a shop: nothing new begins, what is there can be read for a year, and it can be undone."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from customers.services import enrol
from team.queries import shops_of
from team.shop import confirm_domain, normal_domain, set_domain
from tenants.errors import DomainError, Invalid, ShopClosed
from tenants.models import READABLE_FOR, Tenant, User
from tenants.roles import MOMENT, SYSTEM
from tests.clients import ApiClient, browser, signed_in
from tests.factories import NOW, Shop, make_api_key, make_customer, make_member, make_purchase, make_user

pytestmark = pytest.mark.django_db
CLOSING = "/backoffice/account/closing/"


@pytest.fixture
def owner(shop: Shop) -> User:
    user = make_user()
    with shop.scope():
        make_member(user=user, role="owner")
    return user


def close(shop: Shop, owner: User, *, name: str = "morgenrot", age: timedelta | None = timedelta(0)) -> Any:
    answer = signed_in(owner, shop.tenant, second_factor_age=age).post(CLOSING, {"typed_name": name})
    shop.tenant.refresh_from_db()
    return answer


def test_an_owner_closes_the_shop_with_a_fresh_second_factor_and_its_name(shop: Shop, owner: User) -> None:
    assert close(shop, owner, age=None).status_code == 403
    assert close(shop, owner, age=MOMENT + timedelta(minutes=1)).status_code == 403
    assert "errsum" in close(shop, owner, name="nordlicht").content.decode()
    assert shop.tenant.closed_at is None
    assert close(shop, owner).status_code == 302
    assert shop.tenant.closed_at is not None


def test_the_page_says_what_becomes_of_the_points(shop: Shop, owner: User) -> None:
    with shop.scope():
        make_purchase(customer=make_customer(), total=2490)
    page = signed_in(owner, shop.tenant).get(CLOSING).content.decode()
    assert "249" in page


def test_nothing_new_begins_in_a_closed_shop(shop: Shop, other_shop: Shop, owner: User) -> None:
    with shop.scope():
        jana = make_customer()
        _, key = make_api_key()
    close(shop, owner)
    with shop.scope():
        with pytest.raises(ShopClosed):
            make_purchase(customer=jana)
        with pytest.raises(ShopClosed):
            enrol(name="Ben", source="test", actor=SYSTEM, now=NOW)
    refused = ApiClient(shop.tenant, key).post("customers", {"name": "Ben"})
    assert (refused.status_code, refused.json()["code"]) == (409, "shop_closed")
    assert ApiClient(shop.tenant, key).get(f"customers/{jana.public_id}/balance").status_code == 200
    with other_shop.scope():
        make_purchase(customer=make_customer())


def test_a_closed_shop_is_its_owner_s_alone_and_opens_again(shop: Shop, owner: User) -> None:
    with shop.scope():
        manager = make_member(role="manager").user
    close(shop, owner)
    assert shops_of(manager) == []
    assert signed_in(manager, shop.tenant).get("/backoffice/account/").status_code == 302
    assert [found.is_closed for found in shops_of(owner)] == [True]
    office = signed_in(owner, shop.tenant)
    assert office.get("/backoffice/customers/").status_code == 200
    assert office.post("/backoffice/account/reopening/").status_code == 302
    assert len(shops_of(manager)) == 1
    shop.tenant.refresh_from_db()
    with shop.scope():
        make_purchase(customer=make_customer())


def test_after_a_year_a_closed_shop_is_gone(shop: Shop, owner: User) -> None:
    close(shop, owner)
    assert browser(shop.host).get("/sign-in/").status_code == 200
    Tenant.objects.update(closed_at=timezone.now() - READABLE_FOR - timedelta(minutes=1))
    assert browser(shop.host).get("/sign-in/").status_code == 404
    assert shops_of(owner) == []


# --- A domain of its own --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("treue.example.com", "treue.example.com"),
        (" HTTPS://Treue.Example.com/ ", "treue.example.com"),
        ("café-löwe.de", "xn--caf-lwe-dya6k.de"),
    ],
)
def test_a_domain_has_one_spelling(typed: str, domain: str) -> None:
    assert normal_domain(typed).endswith(domain.rpartition(".")[2])
    assert normal_domain(typed).isascii()


@pytest.mark.parametrize(
    "typed",
    [
        "localhost",
        "treue",
        "127.0.0.1",
        "a..b.de",
        "-a.de",
        "a b.de",
        "a.de:80",
        "a.de/b",
        "x@a.de",
        f"{'a' * 64}.de",
        f"{'a.' * 130}de",
        f"andere.{settings.BASE_DOMAIN.partition(':')[0]}",
        "a.de\r\nX: y",
    ],
)
def test_what_is_no_domain_of_theirs_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        normal_domain(typed)


def test_a_domain_belongs_to_one_shop_once_it_works(shops: tuple[Shop, Shop]) -> None:
    first, second = shops
    with first.scope():
        set_domain(domain="treue.example.com", actor=SYSTEM)
    first.tenant.refresh_from_db()
    assert first.tenant.host == first.tenant.given_host
    with second.scope():
        set_domain(domain="treue.example.com", actor=SYSTEM)  # a claim that never worked blocks nobody
        confirm_domain(actor=SYSTEM, now=NOW)
    second.tenant.refresh_from_db()
    assert second.tenant.host == "treue.example.com"
    assert second.tenant.team_url.startswith("http://nordlicht.")
    first.tenant.refresh_from_db()
    with first.scope(), pytest.raises(DomainError) as refused:
        set_domain(domain="treue.example.com", actor=SYSTEM)
    assert refused.value.code == "domain_taken"


def test_a_domain_is_seen_to_work_by_its_owner_s_browser(shop: Shop, owner: User) -> None:
    office = signed_in(owner, shop.tenant)
    office.post("/backoffice/account/domain/", {"domain": "treue.example.com"})
    page = office.get("/backoffice/account/").content.decode()
    path = page.partition("/backoffice/account/domain/check/?token=")[2].partition('"')[0]
    check = f"/backoffice/account/domain/check/?token={path}"
    assert browser(shop.host).get(check).status_code == 403
    assert browser("treue.example.com").get(check[:-3]).status_code == 403
    assert browser("treue.example.com").get(check).status_code == 302
    shop.tenant.refresh_from_db()
    assert shop.tenant.host == "treue.example.com"
