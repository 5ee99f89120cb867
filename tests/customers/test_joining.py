"""Enrolling oneself: a card at once, an address that counts once it is proven, and nobody learns who is a customer."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.addresses import FORGOTTEN_AFTER, change_email, forget_unproven, open_claim, request_email_change
from customers.confirmation import VALID_FOR, claim_of_token, prove_email
from customers.errors import CustomerExists, LinkOver, NotJoinable, WrongSignInCode
from customers.joining import Joiner, come_back, join, terms_to_accept
from customers.models import Consent, Customer, EmailClaim, TermsAcceptance
from customers.queries import active_card
from customers.services import change
from customers.sign_in import customer_signing_in, request_code
from events.models import Event
from ledger.queries import account_of
from legal.models import LegalText
from tenants.errors import Invalid
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.throttle import Throttled
from tests.customers.conftest import Mailing
from tests.factories import NOW, Shop, make_customer, make_purchase, publish_legal_texts

pytestmark = pytest.mark.django_db
JANA = "jana@example.org"
LATER = NOW + timedelta(hours=2)


def joined(*, network: str = "192.0.2.7", language: str = "de", **said: Any) -> Customer:
    joiner = Joiner(**({"name": "Jana Krüger"} | said))
    return join(joiner=joiner, terms=terms_to_accept(language=language), language=language, network=network, now=NOW)


def link_in(message: Any) -> str:
    match = re.search(r"/confirm/([^/\s]+)/", str(message.body))
    assert match, message.body
    return match[1]


def test_who_joins_has_a_card_an_account_and_the_terms_as_they_were_shown(open_shop: Shop) -> None:
    with open_shop.scope():
        customer = joined(phone="0151 2345678", birthday="04-17", language="en")
        assert (customer.name, customer.phone, customer.birthday) == ("Jana Krüger", "+491512345678", "04-17")
        assert active_card(customer) is not None
        assert account_of(customer).balance == 0
        accepted = TermsAcceptance.objects.select_related("text").get(customer=customer)
        assert (accepted.text.kind, accepted.text.version, accepted.accepted_via) == ("terms", 1, "joining")
        assert accepted.text.language == "de", "where no English terms are published, the shop's own are shown"


def test_nobody_joins_a_shop_without_terms_or_one_that_has_closed(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope(), pytest.raises(NotJoinable):
        terms_to_accept(language="de")
    with shops[1].scope():
        publish_legal_texts()
    Tenant.objects.filter(pk=shops[1].tenant.pk).update(closed_at=NOW)
    shops[1].tenant.refresh_from_db()
    with shops[1].scope(), pytest.raises(NotJoinable):
        terms_to_accept(language="de")


def test_the_terms_accepted_are_the_newest(open_shop: Shop) -> None:
    with open_shop.scope():
        LegalText.objects.create(kind="terms", language="de", version=2, body="Neu", published_at=NOW)
        assert TermsAcceptance.objects.get(customer=joined()).text.version == 2


def test_an_address_counts_once_the_link_was_followed(open_shop: Shop, mailing: Mailing) -> None:
    with mailing(), open_shop.scope():
        customer = joined(email=f" {JANA.upper()} ")
        assert customer.email == ""
    (message,) = mail.outbox
    assert message.to == [JANA]
    with open_shop.scope():
        claim = claim_of_token(link_in(message), now=LATER)
        customer = prove_email(claim=claim, actor=SYSTEM, now=LATER)
        assert (customer.email, customer.email_confirmed_at) == (JANA, LATER)
        assert claim_of_token(link_in(message), now=LATER + VALID_FOR).proven_at == LATER
        prove_email(claim=claim, actor=SYSTEM, now=LATER + VALID_FOR)
        customer.refresh_from_db()
        assert customer.email_confirmed_at == LATER, "the second click changes nothing"


def test_a_link_expires_and_a_newer_one_replaces_it(open_shop: Shop, mailing: Mailing) -> None:
    with mailing(), open_shop.scope():
        customer = joined(email=JANA)
    first = link_in(mail.outbox[0])
    with open_shop.scope():
        assert claim_of_token(first, now=NOW + VALID_FOR - timedelta(seconds=1)).proven_at is None
        with pytest.raises(LinkOver):
            claim_of_token(first, now=NOW + VALID_FOR)
    with mailing(), open_shop.scope():
        request_code(email=JANA, network="192.0.2.7")
    assert len(mail.outbox) == 2, "who signs in with an address that is still open gets the link again"
    with open_shop.scope():
        with pytest.raises(LinkOver):
            claim_of_token(first, now=NOW)
        assert claim_of_token(link_in(mail.outbox[1]), now=NOW).customer == customer


def test_what_nobody_confirms_within_a_month_is_forgotten(open_shop: Shop, mailing: Mailing) -> None:
    with mailing(), open_shop.scope():
        customer = joined(email=JANA, phone="0151 2345678", channels=["email", "sms"])
        forget_unproven(now=NOW + FORGOTTEN_AFTER)
        assert open_claim(customer) is not None
        forget_unproven(now=NOW + FORGOTTEN_AFTER + timedelta(seconds=1))
        assert open_claim(customer) is None
        assert [consent.channel for consent in Consent.objects.all()] == ["sms"]
        assert active_card(customer) is not None, "the card and its points stay"


def test_a_link_works_in_its_own_shop_only(open_shop: Shop, other_shop: Shop, mailing: Mailing) -> None:
    with mailing(), open_shop.scope():
        joined(email=JANA)
    with other_shop.scope(), pytest.raises(LinkOver):
        claim_of_token(link_in(mail.outbox[0]), now=NOW)


def test_a_known_address_is_treated_alike_and_its_reader_gets_a_code(open_shop: Shop, mailing: Mailing) -> None:
    with open_shop.scope():
        known = make_customer(email=JANA)
    looks = []
    for email in (JANA, "stranger@example.org"):
        with mailing(), open_shop.scope(), CaptureQueriesContext(connection) as queries:
            customer = joined(email=email)
            looks.append((len(queries), customer.email, customer.phone, open_claim(customer) is not None))
    assert looks[0] == looks[1]
    to_known, to_stranger = mail.outbox
    assert "/confirm/" not in to_known.body
    assert "/confirm/" in to_stranger.body
    code = re.search(r"^\s+(\d{6})$", str(to_known.body), re.MULTILINE)
    assert code
    with open_shop.scope():
        assert customer_signing_in(email=JANA, code=code[1]) == known


def test_of_two_who_claim_the_same_address_its_first_prover_has_it(open_shop: Shop, mailing: Mailing) -> None:
    with mailing(), open_shop.scope():
        first = joined(email=JANA)
        joined(email=JANA, name="Andere")
    links = [link_in(message) for message in mail.outbox]
    with open_shop.scope():
        prove_email(claim=claim_of_token(links[0], now=NOW), actor=SYSTEM, now=NOW)
        with pytest.raises(CustomerExists):
            prove_email(claim=claim_of_token(links[1], now=NOW), actor=SYSTEM, now=NOW)
        assert Customer.objects.get(email=JANA) == first


def test_a_phone_number_that_somebody_has_is_left_out(open_shop: Shop) -> None:
    with open_shop.scope():
        make_customer(phone="0151 2345678")
        customer = joined(phone="0151 2345678", channels=["sms"])
        assert customer.phone == ""
        assert not Consent.objects.filter(customer=customer).exists()


def test_what_is_no_address_or_number_is_refused(open_shop: Shop) -> None:
    with open_shop.scope():
        for said in ({"email": "keine"}, {"phone": "1"}, {"birthday": "02-31"}, {"name": "x" * 200}):
            with pytest.raises(Invalid):
                joined(**said)


def test_a_network_enrols_no_crowd_and_an_address_is_not_flooded(open_shop: Shop) -> None:
    with open_shop.scope():
        for number in range(40):
            joined(phone=f"0151 23450{number:02d}")
        with pytest.raises(Throttled):
            joined(phone="0151 2345099")
        for _ in range(4):
            joined(email=JANA, network="198.51.100.1")
        with pytest.raises(Throttled):
            joined(email=JANA, network="198.51.100.1")


def test_the_events_name_nobody(open_shop: Shop, mailing: Mailing) -> None:
    with mailing(), open_shop.scope():
        joined(email=JANA, phone="0151 2345678", channels=["email", "sms"])
    with open_shop.scope():
        prove_email(claim=claim_of_token(link_in(mail.outbox[0]), now=NOW), actor=SYSTEM, now=NOW)
        told = [f"{event.name} {event.payload}" for event in Event.objects.all()]
    assert not [text for text in told if "jana" in text.casefold() or "2345678" in text]
    assert {"customer.enrolled", "terms.accepted", "consent.given", "customer.email_confirmed"} <= {
        text.split()[0] for text in told
    }


def test_who_comes_back_with_the_code_keeps_the_old_card_and_what_the_new_one_collected(open_shop: Shop) -> None:
    with open_shop.scope():
        known = make_customer(email=JANA)
        newcomer, stranger = joined(email=JANA), joined(email="andere@example.org")
        for customer in (known, newcomer, stranger):
            make_purchase(customer=customer, total=1000)
        assert come_back(newcomer=stranger, known=known, actor=SYSTEM, now=LATER) == known
        assert account_of(known).balance == 100, "another address is another person"
        assert come_back(newcomer=newcomer, known=known, actor=SYSTEM, now=LATER) == known
        assert account_of(known).balance == 200
        newcomer.refresh_from_db()
        assert (newcomer.status, newcomer.merged_into) == ("merged", known)
        assert EmailClaim.objects.filter(customer__in=[newcomer, known]).count() == 0


# --- Changing the address ---------------------------------------------------------------------------------------------


def code_in(message: Any) -> str:
    match = re.search(r"^\s+(\d{6})$", str(message.body), re.MULTILINE)
    assert match, message.body
    return match[1]


def test_a_new_address_is_proven_by_its_code_and_the_old_one_is_told(open_shop: Shop, mailing: Mailing) -> None:
    with open_shop.scope():
        customer = make_customer(email=JANA)
    with mailing(), open_shop.scope():
        request_email_change(customer=customer, email="neu@example.org")
    with mailing(), open_shop.scope():
        code = code_in(mail.outbox[0])
        with pytest.raises(WrongSignInCode):
            change_email(customer=customer, email="andere@example.org", code=code, actor=SYSTEM, now=NOW)
        customer = change_email(customer=customer, email="neu@example.org", code=code, actor=SYSTEM, now=NOW)
        assert (customer.email, customer.email_confirmed_at) == ("neu@example.org", NOW)
    assert [message.to for message in mail.outbox] == [["neu@example.org"], [JANA]]


def test_an_address_of_another_customer_is_not_taken_over(open_shop: Shop, mailing: Mailing) -> None:
    with open_shop.scope():
        customer = make_customer(email=JANA)
        make_customer(email="andere@example.org")
    with mailing(), open_shop.scope():
        request_email_change(customer=customer, email="andere@example.org")
    assert not re.search(r"\d{6}", str(mail.outbox[0].body))


def test_an_address_that_somebody_else_typed_is_not_proven(open_shop: Shop) -> None:
    with open_shop.scope():
        customer = make_customer(email=JANA)
        Customer.objects.update(email_confirmed_at=NOW)
        assert change(customer=customer, actor=SYSTEM, now=NOW, email=JANA.upper()).email_confirmed_at == NOW
        assert (
            change(customer=customer, actor=SYSTEM, now=NOW, email="tippfehler@example.org").email_confirmed_at is None
        )
