"""Signing in to the portal: a code by e-mail, ten minutes, three tries, once, and no telling who is a customer."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import codes, services
from customers.errors import WrongSignInCode
from customers.models import Customer, Via
from customers.sign_in import Link, admit, customer_of_link, customer_signing_in, link_of, new_link, request_code
from events.models import Event
from tenants.roles import SYSTEM
from tenants.throttle import Throttled
from tests.conftest import redis_server
from tests.factories import NOW, Shop, make_customer
from tests.tenants.threads import in_threads

pytestmark = pytest.mark.django_db
JANA, STRANGER = "jana@example.org", "stranger@example.org"
NETWORK = "192.0.2.7"


@pytest.fixture(autouse=True)
def known_code(monkeypatch: pytest.MonkeyPatch) -> str:
    """Every code is 042042."""
    monkeypatch.setattr(codes, "secrets", SimpleNamespace(randbelow=lambda _: 42_042))
    return "042042"


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer(email=JANA)


def wrong(email: str = JANA, code: str = "000000") -> None:
    with pytest.raises(WrongSignInCode) as refused:
        customer_signing_in(email=email, code=code)
    assert refused.value.field == "code"


def test_the_code_signs_its_customer_in(shop: Shop, jana: Customer, known_code: str) -> None:
    with shop.scope():
        request_code(email=JANA, network=NETWORK)
        assert customer_signing_in(email=JANA, code=known_code) == jana


def test_a_code_keeps_its_leading_nought_and_is_stored_as_a_hash(shop: Shop, jana: Customer, known_code: str) -> None:
    with shop.scope():
        request_code(email=JANA, network=NETWORK)
        assert len(known_code) == 6
        assert known_code not in str(cache.get(codes.code_key(JANA)))


def test_a_code_works_once(shop: Shop, jana: Customer, known_code: str) -> None:
    with shop.scope():
        request_code(email=JANA, network=NETWORK)
        customer_signing_in(email=JANA, code=known_code)
        wrong(code=known_code)


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_with_the_same_code_one_gets_in(shop: Shop, jana: Customer, known_code: str) -> None:
    with shop.scope():
        request_code(email=JANA, network=NETWORK)

    def enter(_: int) -> Customer:
        with shop.scope():
            return customer_signing_in(email=JANA, code=known_code)

    outcomes = in_threads(3, enter)
    assert [outcome for outcome in outcomes if isinstance(outcome, Customer)] == [jana]
    assert sum(isinstance(outcome, WrongSignInCode) for outcome in outcomes) == 2


def test_two_wrong_tries_are_forgiven(shop: Shop, jana: Customer, known_code: str) -> None:
    with shop.scope():
        request_code(email=JANA, network=NETWORK)
        wrong()
        wrong()
        assert customer_signing_in(email=JANA, code=known_code) == jana


def test_after_three_wrong_tries_the_right_code_is_wrong_too(shop: Shop, jana: Customer, known_code: str) -> None:
    with shop.scope():
        request_code(email=JANA, network=NETWORK)
        for _ in range(3):
            wrong()
        wrong(code=known_code)
        request_code(email=JANA, network=NETWORK)
        assert customer_signing_in(email=JANA, code=known_code) == jana


@pytest.mark.django_db(transaction=True)
def test_guessing_in_parallel_gives_no_more_tries(shop: Shop, jana: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    def matches(code: str, wanted: str) -> bool:
        compared.append(code)
        return False

    monkeypatch.setattr(codes, "matches", matches)
    with shop.scope():
        request_code(email=JANA, network=NETWORK)

    def guess(number: int) -> None:
        with shop.scope():
            customer_signing_in(email=JANA, code=f"{number:06d}")

    assert all(isinstance(outcome, WrongSignInCode) for outcome in in_threads(8, guess))
    assert len(compared) == codes.TRIES


def test_a_code_expires_after_ten_minutes(shop: Shop, jana: Customer, known_code: str) -> None:
    with shop.scope():
        request_code(email=JANA, network=NETWORK)
        for key in (codes.code_key(JANA), codes.tries_key(JANA)):
            assert 590 < redis_server().ttl(cache.make_key(key)) <= 600
        cache.delete(codes.code_key(JANA))
        wrong(code=known_code)


def test_tries_that_expire_first_let_nobody_in(shop: Shop, jana: Customer, known_code: str) -> None:
    with shop.scope():
        request_code(email=JANA, network=NETWORK)
        cache.delete(codes.tries_key(JANA))
        wrong(code=known_code)


def test_a_new_code_replaces_the_old_one(shop: Shop, jana: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop.scope():
        request_code(email=JANA, network=NETWORK)
        monkeypatch.setattr(codes, "secrets", SimpleNamespace(randbelow=lambda _: 123_456))
        request_code(email=JANA, network=NETWORK)
        wrong(code="042042")
        assert customer_signing_in(email=JANA, code="123456") == jana


def test_without_a_request_nothing_signs_in(shop: Shop, jana: Customer, known_code: str) -> None:
    with shop.scope():
        wrong(code=known_code)
        wrong(email="", code="")


def test_a_code_is_worthless_in_another_shop_and_at_another_address(
    shops: tuple[Shop, Shop], jana: Customer, known_code: str
) -> None:
    with shops[1].scope():
        make_customer(email=JANA)
        make_customer(email=STRANGER)
    with shops[0].scope():
        request_code(email=JANA, network=NETWORK)
        wrong(email=STRANGER, code=known_code)
    with shops[1].scope():
        wrong(code=known_code)


@pytest.mark.parametrize("status", [Customer.Status.BLOCKED, Customer.Status.ERASED])
def test_who_is_blocked_or_erased_does_not_get_in(shop: Shop, jana: Customer, known_code: str, status: str) -> None:
    with shop.scope():
        request_code(email=JANA, network=NETWORK)
        Customer.objects.update(status=status)
        wrong(code=known_code)


def test_an_erased_customer_s_empty_address_signs_nobody_in(shop: Shop, jana: Customer, known_code: str) -> None:
    with shop.scope():
        services.erase(customer=jana, actor=SYSTEM, now=NOW)
        request_code(email="", network=NETWORK)
        wrong(email="", code=known_code)


# --- The link that a till shows ---------------------------------------------------------------------------------------


def test_a_link_signs_its_customer_s_phone_in_once_and_whoever_shows_it_sees_that(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        assert link_of(jana) == Link.EXPIRED
        token = new_link(jana)
        assert link_of(jana) == Link.WAITING
        assert customer_of_link(token) == jana
        assert link_of(jana) == Link.OPENED
        with pytest.raises(WrongSignInCode):
            customer_of_link(token)
        new_link(jana)
        assert link_of(jana) == Link.WAITING


def test_a_link_works_in_its_own_shop_only(shops: tuple[Shop, Shop], jana: Customer) -> None:
    with shops[0].scope():
        token = new_link(jana)
    with shops[1].scope(), pytest.raises(WrongSignInCode):
        customer_of_link(token)
    with shops[0].scope():
        assert customer_of_link(token) == jana


# --- Throttling -----------------------------------------------------------------------------------------------------


def test_codes_for_one_address_are_throttled_in_each_shop_by_itself(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        for _ in range(5):
            request_code(email=JANA, network=NETWORK)
        with pytest.raises(Throttled):
            request_code(email=JANA, network="198.51.100.1")
        request_code(email=STRANGER, network=NETWORK)
    with shops[1].scope():
        request_code(email=JANA, network=NETWORK)


def test_a_network_is_throttled_over_all_addresses(shop: Shop) -> None:
    with shop.scope():
        for number in range(60):
            request_code(email=f"{number}@example.org", network=NETWORK)
        with pytest.raises(Throttled):
            request_code(email=JANA, network=NETWORK)
        request_code(email=JANA, network="198.51.100.1")


# --- Nobody learns who is a customer --------------------------------------------------------------------------------


def test_asking_for_a_stranger_takes_the_same_path(shop: Shop, jana: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = []
    for email in (JANA, STRANGER):
        steps: list[str] = []
        remembering = SimpleNamespace(set=lambda key, *_, steps=steps, **__: steps.append(key.rpartition(":")[2]))
        mailing = SimpleNamespace(delay_on_commit=lambda *_, steps=steps: steps.append("mail"))
        monkeypatch.setattr(codes, "cache", remembering)
        monkeypatch.setattr("customers.tasks.send_sign_in_code", mailing)
        with shop.scope(), CaptureQueriesContext(connection) as queries:
            request_code(email=email, network=NETWORK)
        paths.append((steps, len(queries)))
    assert paths[0] == paths[1] == (["code", "tries", "mail"], 0)


def test_a_stranger_s_right_code_is_as_wrong_as_any(shop: Shop, jana: Customer, known_code: str) -> None:
    with shop.scope():
        request_code(email=STRANGER, network=NETWORK)
        wrong(email=STRANGER, code=known_code)


# --- The mail -------------------------------------------------------------------------------------------------------


def test_a_customer_gets_the_code_by_mail(shop: Shop, jana: Customer, mailing: Any, known_code: str) -> None:
    with mailing(), shop.scope():
        request_code(email=JANA, network=NETWORK)
    (message,) = mail.outbox
    assert message.to == [JANA]
    assert known_code in message.body
    assert shop.tenant.name in f"{message.subject} {message.body}"
    assert "\n" not in message.subject


def test_a_stranger_gets_none(shops: tuple[Shop, Shop], jana: Customer, mailing: Any) -> None:
    with mailing(), shops[0].scope():
        request_code(email=STRANGER, network=NETWORK)
    with mailing(), shops[1].scope():
        request_code(email=JANA, network=NETWORK)
    assert mail.outbox == []


def test_who_is_blocked_is_told_by_mail_and_gets_no_code(
    shop: Shop, jana: Customer, mailing: Any, known_code: str
) -> None:
    with mailing(), shop.scope():
        Customer.objects.update(status=Customer.Status.BLOCKED)
        request_code(email=JANA, network=NETWORK)
    (message,) = mail.outbox
    assert known_code not in message.body
    assert "blocked" in message.subject or "gesperrt" in message.subject


def test_the_first_code_proves_the_address(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        admit(customer=jana, via=Via.TILL, actor=SYSTEM, now=NOW)
        assert jana.email_confirmed_at is None, "the till's link says nothing about a mailbox"
        admit(customer=jana, via=Via.CODE, actor=SYSTEM, now=NOW)
        assert jana.email_confirmed_at == NOW
        assert [event.payload["via"] for event in Event.objects.filter(name="customer.signed_in")] == ["till", "code"]


def test_a_refused_request_mails_nothing(shop: Shop, jana: Customer, mailing: Any) -> None:
    def ask_too_often() -> None:
        for _ in range(6):
            request_code(email=JANA, network=NETWORK)

    with shop.scope(), pytest.raises(Throttled):
        ask_too_often()
    assert mail.outbox == []
