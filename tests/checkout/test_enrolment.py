"""A new card in one step: nothing need be known, nobody is enrolled twice, and consents are the customer's own."""

import re
import uuid
from typing import Any

import pytest
from django.core.cache import cache

from checkout.views import enrolment
from customers import sign_in
from customers.errors import WrongSignInCode
from customers.models import Card, Consent, Customer, TermsAcceptance
from customers.sign_in import customer_of_link
from tests.checkout.conftest import Till
from tests.factories import accept_terms

pytestmark = pytest.mark.django_db


def enrol(till: Till, **values: str) -> Any:
    return till.post("customers/new/", **({"key": str(uuid.uuid4())} | values))


def newest(till: Till) -> Customer:
    with till.shop.scope():
        return Customer.objects.latest("pk")


def codes_shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that the till has drawn as QR codes."""
    shown: list[str] = []
    monkeypatch.setattr(enrolment, "qr_svg", shown.append)
    return shown


def test_a_card_needs_no_name(till: Till) -> None:
    page = enrol(till)
    customer = newest(till)
    assert page.redirect_chain == [(f"/checkout/customers/{customer.public_id}/welcome/", 302)]
    assert customer.number in page.content.decode()
    assert (customer.name, customer.email, customer.phone, customer.source) == ("", "", "", "till")
    with till.shop.scope():
        assert Card.objects.filter(customer=customer).count() == 1


def test_what_the_customer_says_is_kept_and_consents_are_not_for_staff_to_give(till: Till) -> None:
    enrol(till, name="Mila", email="Mila@Example.org", phone="0151 2345678", consents="email")
    customer = newest(till)
    assert (customer.name, customer.email, customer.phone) == ("Mila", "mila@example.org", "+491512345678")
    with till.shop.scope():
        assert not Consent.objects.exists()
        assert not TermsAcceptance.objects.exists()


def test_a_second_press_enrols_nobody_else(till: Till) -> None:
    key = str(uuid.uuid4())
    first, second = (enrol(till, name="Mila", key=key) for _ in range(2))
    assert first.redirect_chain == second.redirect_chain
    with till.shop.scope():
        assert Customer.objects.count() == 1


def test_a_page_that_has_issued_a_card_leads_to_it_whatever_is_typed_next(till: Till) -> None:
    key = str(uuid.uuid4())
    first, second = (enrol(till, name=name, key=key) for name in ("Mila", "Milla"))
    assert first.redirect_chain == second.redirect_chain
    assert "Hier wurde schon eine Karte ausgegeben" in second.content.decode()
    with till.shop.scope():
        assert [customer.name for customer in Customer.objects.all()] == ["Mila"]


def test_a_known_address_leads_to_the_customer_who_has_it(till: Till, jana: Customer) -> None:
    page = enrol(till, name="Jana", email="jana@example.org").content.decode()
    assert "Schon vorhanden: <b>Jana K.</b>" in page
    assert f'href="/checkout/customers/{jana.public_id}/"' in page
    assert 'value="jana@example.org"' in page
    assert "Krüger" not in page


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("email", "keine Adresse", "Bitte eine gültige E-Mail-Adresse eingeben."),
        ("phone", "zwölf", "Bitte eine gültige Telefonnummer eingeben."),
    ],
)
def test_bad_input_is_named_at_its_field_and_what_was_typed_stays(
    till: Till, field: str, value: str, message: str
) -> None:
    page = enrol(till, name="Mila", **{field: value}).content.decode()
    assert f'id="id_{field}_error"' in page
    assert page.count(message) == 2
    assert 'value="Mila"' in page
    assert f'value="{value}"' in page


def test_trying_addresses_is_throttled_like_looking_them_up(till: Till, jana: Customer) -> None:
    for _ in range(30):
        enrol(till, email="jana@example.org")
    assert "Zu viele Versuche." in enrol(till, email="jana@example.org").content.decode()


# --- The customer's own phone -----------------------------------------------------------------------------------------


def test_the_code_opens_the_portal_as_this_customer_once(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = codes_shown(monkeypatch)
    enrol(till, name="Mila")
    match = re.fullmatch(rf"{re.escape(till.shop.tenant.url)}/welcome/([\w-]+)/", shown[0])
    assert match
    with till.shop.scope():
        assert customer_of_link(match[1]) == newest(till)
        with pytest.raises(WrongSignInCode):
            customer_of_link(match[1])


def test_the_till_tells_what_the_phone_does_and_nothing_twice(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = codes_shown(monkeypatch)
    assert "Warten auf das Handy" in enrol(till, name="Mila").content.decode()
    mila = newest(till)
    path = f"customers/{mila.public_id}/welcome/state/?seen="
    assert till.get(f"{path}waiting").status_code == 204
    with till.shop.scope():
        customer_of_link(shown[0].split("/")[-2])
    assert "Das Handy hat die Karte geöffnet." in till.page(f"{path}waiting")
    assert "hx-get" in till.page(f"{path}waiting")
    with till.shop.scope():
        accept_terms(mila)
    assert "Dabei, Bedingungen angenommen." in till.page(f"{path}opened")
    assert "hx-get" not in till.page(f"{path}opened")


def test_an_expired_code_offers_a_new_one(till: Till) -> None:
    enrol(till, name="Mila")
    with till.shop.scope():
        cache.delete(sign_in._link_state_key(newest(till).pk))
    page = till.page(f"customers/{newest(till).public_id}/welcome/state/?seen=waiting")
    assert "Der Code ist abgelaufen." in page
    assert "Neuer Code" in page


def test_nobody_gets_a_code_into_an_account_that_is_somebody_s_already(till: Till, jana: Customer) -> None:
    assert till.get(f"customers/{jana.public_id}/welcome/").status_code == 404
    enrol(till, name="Mila")
    mila = newest(till)
    assert till.get(f"customers/{mila.public_id}/welcome/").status_code == 200
    with till.shop.scope():
        accept_terms(mila)
    assert till.get(f"customers/{mila.public_id}/welcome/").status_code == 404
