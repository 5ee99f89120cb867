"""From an address to a shop that credits points, and nobody learns who has an account."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from customers.services import enrol
from legal.models import ProcessingAgreement
from loyalty.celery import app
from programs import shops
from programs.services import record_purchase
from programs.shops import check_slug, free_slug_of, slug_of
from public.views.site import AGREEMENT
from team.queries import shops_of
from tenants.errors import DomainError
from tenants.models import Tenant, User
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope
from tests.clients import browser, signed_in
from tests.factories import NOW, PASSWORD, Shop, make_tenant, make_user

pytestmark = pytest.mark.django_db
SELIN = "selin@example.org"
Mailing = Callable[[], AbstractContextManager[object]]
FORM = {
    "owner_name": "Selin Yilmaz",
    "name": "Café Löwenzahn",
    "slug": "",
    "trade": "cafe",
    "country": "DE",
    "address": "",
    "agreed": "on",
}


@pytest.fixture
def mailing(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Iterator[Mailing]:
    """Tasks run at once; what a transaction would have enqueued runs as its block ends."""
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield lambda: django_capture_on_commit_callbacks(execute=True)
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


def sign_up(client: Client, email: str = SELIN, **headers: str) -> Any:
    return client.post("/accounts/signup/", {"email": email, "password1": PASSWORD}, headers=headers)


def link_in(body: str) -> str:
    found = re.search(r"https?://\S+", body)
    assert found
    return found[0]


def open_shop(user: User, **given: str) -> Any:
    return signed_in(user).post("/open/", FORM | given)


# --- The account ----------------------------------------------------------------------------------------------------


def test_a_confirmed_address_leads_to_opening_a_shop(mailing: Mailing) -> None:
    client = browser(settings.BASE_DOMAIN)
    with mailing():
        assert sign_up(client).headers["Location"] == "/accounts/confirm-email/"
    assert client.get("/open/").status_code == 302
    (message,) = mail.outbox
    assert message.to == [SELIN]
    path = link_in(str(message.body)).removeprefix(f"http://{settings.BASE_DOMAIN}")
    assert "&amp;" not in message.body
    assert client.get(path).status_code == 200
    assert not EmailAddress.objects.get(email=SELIN).verified
    answer = client.post(path)
    assert EmailAddress.objects.get(email=SELIN).verified
    assert answer.headers["Location"] == "/open/"
    assert client.get("/open/").status_code == 200


def test_who_confirms_in_another_browser_signs_in_there(mailing: Mailing) -> None:
    with mailing():
        sign_up(browser(settings.BASE_DOMAIN))
    path = link_in(str(mail.outbox[0].body)).removeprefix(f"http://{settings.BASE_DOMAIN}")
    phone = browser(settings.BASE_DOMAIN)
    assert phone.post(path).headers["Location"].startswith("/accounts/login/")
    assert phone.get("/open/").headers["Location"] == "/accounts/login/?next=/open/"


def test_an_address_with_an_account_gets_the_same_answer_and_another_mail(mailing: Mailing) -> None:
    make_user(SELIN)
    new, known = browser(settings.BASE_DOMAIN), browser(settings.BASE_DOMAIN)
    with mailing():
        answers = [sign_up(new, "new@example.org"), sign_up(known)]
    assert len({(answer.status_code, answer.headers["Location"]) for answer in answers}) == 1
    new_page, known_page = (client.get("/accounts/confirm-email/").content.decode() for client in (new, known))
    assert new_page.replace("new@example.org", SELIN) == known_page
    assert User.objects.filter(email=SELIN).count() == 1
    assert {message.to[0]: "password/reset" in message.body for message in mail.outbox} == {
        "new@example.org": False,
        SELIN: True,
    }


def test_a_forgotten_password_tells_nobody_who_has_an_account(mailing: Mailing) -> None:
    make_user(SELIN)
    client = browser(settings.BASE_DOMAIN)
    with mailing():
        answers = [client.post("/accounts/password/reset/", {"email": email}) for email in (SELIN, "no@example.org")]
    assert len({(answer.status_code, answer.headers["Location"]) for answer in answers}) == 1
    assert len(mail.outbox) == 2


def test_a_wrong_password_and_an_unknown_address_are_refused_alike() -> None:
    make_user(SELIN)
    texts = set()
    for email in (SELIN, "no@example.org"):
        page = browser(settings.BASE_DOMAIN).post("/accounts/login/", {"login": email, "password": "wrong"})
        texts.add(re.sub(r'value="[^"]*"', "", page.content.decode()))
    assert len(texts) == 1


def test_the_library_s_refusals_are_written_as_ours() -> None:
    """Django's own German says du, also on pages that say Sie."""
    page = browser(settings.BASE_DOMAIN).post("/accounts/signup/", {"email": "none", "password1": PASSWORD})
    assert "Bitte eine gültige E-Mail-Adresse eingeben." in page.content.decode()


def test_who_tries_passwords_has_to_wait_and_does_not_learn_whose_account_it_is() -> None:
    """Five wrong ones in five minutes, from whatever network; then the right one does not help either."""
    make_user(SELIN)
    seen = {email: [_refusal_of(email, "wrong") for _ in range(7)] for email in (SELIN, "no@example.org")}
    assert seen[SELIN] == seen["no@example.org"]
    wrong, *_, too_many = seen[SELIN]
    assert seen[SELIN] == [wrong] * 5 + [too_many] * 2
    assert "Zu viele" in too_many
    assert _refusal_of(SELIN, PASSWORD) == too_many
    make_user("mia@example.org")
    answer = browser(settings.BASE_DOMAIN).post("/accounts/login/", {"login": "mia@example.org", "password": PASSWORD})
    assert answer.status_code == 302


def _refusal_of(email: str, password: str) -> str:
    """What the page says, whose every rendering has a token of its own."""
    page = browser(settings.BASE_DOMAIN).post("/accounts/login/", {"login": email, "password": password})
    assert page.status_code == 200
    return re.sub(r'value="[^"]*"', "", page.content.decode())


def test_links_in_mails_lead_to_our_own_host_whatever_the_request_says(mailing: Mailing) -> None:
    bare = settings.BASE_DOMAIN.partition(":")[0]
    client = Client(HTTP_HOST=f"{bare}:6666")
    with mailing():
        sign_up(client, **{"X-Forwarded-Host": "evil.example"})
        client.post("/accounts/password/reset/", {"email": SELIN}, headers={"X-Forwarded-Host": "evil.example"})
    assert len(mail.outbox) == 2
    for message in mail.outbox:
        assert link_in(str(message.body)).startswith(f"http://{settings.BASE_DOMAIN}/")
        assert "6666" not in message.body
        assert "evil" not in message.body


def test_sign_up_is_throttled(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"signup": "3/m/ip"}
    answers = [sign_up(browser(settings.BASE_DOMAIN), f"new{n}@example.org").status_code for n in range(4)]
    assert answers == [302, 302, 302, 429]


def test_an_account_that_somebody_else_began_with_an_address_is_worth_nothing_to_them() -> None:
    """A stranger signs up with the owner's address; then the operator opens a shop for the owner."""
    sign_up(browser(settings.BASE_DOMAIN))
    shop = shops.open_shop(slug="sonne", name="Sonne", currency="EUR", owner_email=SELIN, now=NOW)
    assert shop.owner_is_new
    assert not User.objects.get(email=SELIN).has_usable_password()


# --- The shop -------------------------------------------------------------------------------------------------------


def test_a_new_shop_credits_points_at_once() -> None:
    selin = make_user(SELIN, name="")
    answer = open_shop(selin)
    assert answer.headers["Location"] == "/shops/cafe-loewenzahn/"
    tenant = Tenant.objects.get(slug="cafe-loewenzahn")
    assert (tenant.name, tenant.trade, tenant.address) == ("Café Löwenzahn", "cafe", "du")
    assert (tenant.country, tenant.currency, tenant.time_zone, tenant.language) == ("DE", "EUR", "Europe/Berlin", "de")
    assert [(shop.tenant, shop.role) for shop in shops_of(selin)] == [(tenant, "owner")]
    selin.refresh_from_db()
    assert selin.name == "Selin Yilmaz"
    with tenant_scope(tenant):
        agreement = ProcessingAgreement.objects.get()
        assert (agreement.version, agreement.accepted_by.partition(":")[0]) == (AGREEMENT, "member")
        jana = enrol(name="Jana", source="till", actor=SYSTEM, now=NOW)
        award = record_purchase(customer=jana, total=2490, currency="EUR", actor=SYSTEM, now=NOW)
        assert award.purchase.points == 249


@pytest.mark.parametrize(
    ("trade", "points", "address"), [("cafe", 249, "du"), ("salon", 124, "sie"), ("retail", 124, "sie")]
)
def test_the_trade_decides_points_and_address(trade: str, points: int, address: str) -> None:
    open_shop(make_user(), trade=trade)
    tenant = Tenant.objects.get()
    assert tenant.address == address
    with tenant_scope(tenant):
        jana = enrol(name="Jana", source="till", actor=SYSTEM, now=NOW)
        award = record_purchase(customer=jana, total=2490, currency="EUR", actor=SYSTEM, now=NOW)
        assert award.purchase.points == points


def test_the_country_decides_currency_and_time_and_the_owner_the_rest() -> None:
    open_shop(make_user(), country="CH", address="sie", slug="laden")
    tenant = Tenant.objects.get(slug="laden")
    assert (tenant.currency, tenant.time_zone, tenant.address) == ("CHF", "Europe/Zurich", "sie")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\r\n"),
        ("owner_name", ""),
        ("slug", "besetzt"),
        ("slug", "www"),
        ("slug", "ü"),
        ("slug", "a"),
        ("trade", ""),
        ("trade", "bank"),
        ("country", "XX"),
        ("address", "thou"),
        ("agreed", ""),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(field: str, value: str) -> None:
    make_tenant("besetzt")
    page = open_shop(make_user(), **{field: value})
    assert page.status_code == 200
    text = page.content.decode()
    assert 'class="errsum"' in text
    assert f'href="#id_{field}' in text
    for other, typed in FORM.items():
        if other not in (field, "slug", "address", "agreed", "trade", "country"):
            assert f'value="{typed}"' in text
    assert not Tenant.objects.exclude(slug="besetzt").exists()


@pytest.mark.parametrize("name", ["Sonne\r\nBcc: evil@example.org", "Sonne\x00", "Sonne\u2028x", "Son\tne"])
def test_line_breaks_in_names_reach_no_header(name: str) -> None:
    open_shop(make_user(), name=name, slug="sonne")
    for tenant in Tenant.objects.all():
        assert tenant.name.isprintable()
        assert "\n" not in tenant.name


def test_an_owner_opens_a_further_shop_and_sees_both(shop: Shop) -> None:
    selin = make_user(SELIN)
    open_shop(selin)
    open_shop(selin, name="Zweites Café")
    page = signed_in(selin).get("/shops/").content.decode()
    assert "Zweites Café" in page
    assert "Café Löwenzahn" in page
    assert shop.tenant.name not in page


def test_opening_shops_is_throttled() -> None:
    selin = make_user()
    client = signed_in(selin)
    answers = [client.post("/open/", FORM | {"name": f"Laden {n}"}).status_code for n in range(12)]
    assert answers == [302] * 10 + [200] * 2
    assert len(shops_of(selin)) == 10


def test_who_has_not_signed_in_opens_nothing() -> None:
    assert browser(settings.BASE_DOMAIN).post("/open/", FORM).status_code == 302
    assert not Tenant.objects.exists()


# --- The address of a shop ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Café Morgenrot", "cafe-morgenrot"),
        ("Friseur Schön & Söhne", "friseur-schoen-und-soehne"),
        ("Straßenbäckerei", "strassenbaeckerei"),
        ("3 Eulen", "eulen"),
        ("  --  ", ""),
        ("日本", ""),
        ("A", ""),
        ("Ein sehr langer Name für ein kleines Geschäft am Markt", "ein-sehr-langer-name-fuer-ein-kl"),
    ],
)
def test_a_name_suggests_an_address(name: str, slug: str) -> None:
    assert slug_of(name) == slug
    if slug:
        check_slug(slug)


def test_a_taken_address_is_numbered() -> None:
    make_tenant("sonne")
    make_tenant("sonne-2")
    assert free_slug_of("Sonne") == "sonne-3"
    assert free_slug_of("WWW") == "www-2"
    with pytest.raises(DomainError):
        check_slug("sonne")


def test_the_address_is_checked_while_it_is_typed() -> None:
    make_tenant("sonne")
    client = signed_in(make_user())

    def ask(trigger: str, **typed: str) -> str:
        return client.get(
            "/open/address/", typed, headers={"HX-Request": "true", "HX-Trigger": trigger}
        ).content.decode()

    suggested = ask("id_name", name="Sonne", slug="", suggested="")
    assert 'value="sonne-2"' in suggested
    assert "sonne-2</b>" in suggested
    assert 'value="mond"' in ask("id_name", name="Mond", slug="sonne-2", suggested="sonne-2")
    kept = ask("id_name", name="Mond", slug="mein-laden", suggested="sonne-2")
    assert "mein-laden</b>" in kept
    assert "<input" not in kept
    assert 'class="err"' in ask("id_slug", slug="sonne", suggested="")
    assert 'class="err"' in ask("id_slug", slug="ä", suggested="")
