"""Nobody is sent elsewhere, sessions begin anew and end at once, and nothing stays in the browser."""

from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings

from team.handover import handover_token
from team.membership import remove_member
from tenants.models import User
from tenants.requests import own_page
from tenants.roles import SYSTEM
from tests.clients import browser, signed_in
from tests.factories import NOW, PASSWORD, Shop, make_member, make_user

pytestmark = pytest.mark.django_db
ELSEWHERE = (
    "https://evil.example/",
    "http://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "////evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "\\/evil.example/",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "\t//evil.example/",
    " //evil.example/",
    "%2f%2fevil.example/",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "ftp://evil.example/",
    "//evil.example@localhost/",
    "https://localhost@evil.example/",
    "https://localhost.evil.example/",
    "//localhost:8000@evil.example",
    "/backoffice/../../evil",
    "http://[::1]:99/",
    "//%65vil.example/",
    "\u2028//evil.example/",
    "/\x00/evil.example",
    "http://evil.example#@localhost:8000/",
)


@pytest.fixture
def owner(shop: Shop) -> User:
    user = make_user()
    with shop.scope():
        make_member(user=user, role="owner")
    return user


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_next_leads_to_another_host(shop: Shop, owner: User, elsewhere: str) -> None:
    site = browser(settings.BASE_DOMAIN)
    credentials = {"login": owner.email, "password": PASSWORD, "next": elsewhere}
    assert _stays(site.post("/accounts/login/", credentials).headers["Location"], settings.BASE_DOMAIN)
    assert _stays(site.post("/accounts/logout/", {"next": elsewhere}).headers["Location"], settings.BASE_DOMAIN)
    assert own_page(elsewhere, below="/backoffice/") == ""
    token = handover_token(user=owner, tenant=shop.tenant, page=elsewhere)
    assert browser(shop.host).get(f"/backoffice/enter/?token={token}").headers["Location"] == "/backoffice/"
    way = signed_in(owner).get(f"/second-factor/?shop=morgenrot&page={quote(elsewhere)}")
    assert way.status_code == 200


def _stays(location: str, host: str) -> bool:
    """As a browser reads it: backslashes are slashes, tabs and line breaks are nothing."""
    read = location.replace("\\", "/").replace("\t", "").replace("\n", "").strip()
    parts = urlsplit(read)
    return parts.scheme in ("", "http", "https") and parts.netloc in ("", host) and not read.startswith("//")


def test_a_page_of_our_own_is_kept() -> None:
    assert own_page("/backoffice/team/?q=1", below="/backoffice/") == "/backoffice/team/?q=1"
    assert own_page("/", below="/backoffice/") == ""


def test_a_session_begins_anew_with_the_sign_in(shop: Shop, owner: User) -> None:
    name = settings.SESSION_COOKIE_NAME
    site = browser(settings.BASE_DOMAIN, planted="by an attacker", tenant_id=None)
    before = site.cookies[name].value
    site.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    assert site.cookies[name].value != before
    office = browser(shop.host, planted="by an attacker", tenant_id=shop.tenant.pk)
    before = office.cookies[name].value
    office.get(f"/backoffice/enter/?token={handover_token(user=owner, tenant=shop.tenant)}")
    assert office.cookies[name].value != before
    thief = browser(shop.host)
    thief.cookies[name] = before
    assert thief.get("/backoffice/customers/").status_code == 302


def test_a_removed_member_is_out_with_the_next_request_everywhere(shop: Shop) -> None:
    with shop.scope():
        member = make_member(role="manager")
    offices = [signed_in(member.user, shop.tenant) for _ in range(3)]
    assert {office.get("/backoffice/customers/").status_code for office in offices} == {200}
    with shop.scope():
        remove_member(member=member, actor=SYSTEM, now=NOW)
    assert {office.get("/backoffice/customers/").status_code for office in offices} == {302}


def test_a_new_password_ends_every_other_session(shop: Shop, owner: User) -> None:
    here, elsewhere, office = signed_in(owner), signed_in(owner), signed_in(owner, shop.tenant)
    new = "ein-ganz-neues-passwort"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/accounts/password/change/", form).status_code == 302
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert office.get("/backoffice/customers/").status_code == 302


def test_signing_out_clears_what_the_browser_keeps(shop: Shop, owner: User) -> None:
    assert "cache" in signed_in(owner).post("/accounts/logout/").headers["Clear-Site-Data"]
    left = signed_in(owner, shop.tenant).post("/backoffice/sign-out/")
    assert left.headers["Clear-Site-Data"] == '"cache"'


def test_forms_of_the_bare_domain_may_lead_into_shops_and_those_of_a_shop_may_not(shop: Shop) -> None:
    bare = browser(settings.BASE_DOMAIN).get("/").headers["Content-Security-Policy"]
    assert f"form-action 'self' http://*.{settings.BASE_DOMAIN}" in bare
    own = browser(shop.host).get("/sign-in/").headers["Content-Security-Policy"]
    assert "form-action 'self';" in f"{own};"
