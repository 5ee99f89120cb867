"""Permission to advertise: never without the words, the time and the place; given and withdrawn at once."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from customers.confirmation import claim_of_token, prove_email
from customers.consents import choices_of, consent_of_token, ended_by_change, give, withdraw, withdrawal_token
from customers.errors import NoAddress, UnknownConsent
from customers.joining import Joiner, join, terms_to_accept
from customers.models import Consent, Customer, Via
from customers.services import change, enrol, erase
from customers.wordings import VERSION, wording_of
from events.models import Event
from legal.services import state_business_details
from programs.members import Wanted, members
from tenants.roles import SYSTEM
from tests.clients import browser
from tests.customers.conftest import Mailing
from tests.factories import DETAILS, NOW, Shop, make_customer, publish_legal_texts

pytestmark = pytest.mark.django_db
JANA = "jana@example.org"
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def jana(open_shop: Shop) -> Customer:
    with open_shop.scope():
        make_customer(email=JANA, phone="0151 2345678")
        Customer.objects.update(email_confirmed_at=NOW)
        return Customer.objects.get()


def given(customer: Customer, channel: str = "email") -> Consent:
    return give(customer=customer, channel=channel, language="de-informal", via=Via.PORTAL, actor=SYSTEM, now=LATER)


def withdrawn(customer: Customer, channel: str = "email") -> bool:
    return withdraw(customer=customer, channel=channel, via=Via.PORTAL, actor=SYSTEM, now=LATER)


@pytest.mark.parametrize("language", ["de", "de-informal", "en"])
@pytest.mark.parametrize("channel", list(Consent.Channel))
def test_the_words_name_sender_channel_age_and_the_way_out(open_shop: Shop, language: str, channel: str) -> None:
    with open_shop.scope():
        text = wording_of(channel, language=language).text
    assert text.startswith("Café Morgenrot GmbH ")
    assert "16" in text
    assert re.search("widerrufen|withdraw", text)
    assert ("freiwillig" in text) != ("voluntary" in text)


def test_a_company_under_another_name_stands_beside_the_shop_s(open_shop: Shop) -> None:
    with open_shop.scope():
        state_business_details(actor=SYSTEM, **(DETAILS | {"company": "Yilmaz UG"}))
        assert wording_of("email", language="de").text.startswith("Morgenrot (Yilmaz UG) ")


def test_given_consent_keeps_the_words_the_address_and_the_moment(open_shop: Shop, jana: Customer) -> None:
    with open_shop.scope():
        consent = given(jana)
        assert consent.wording == wording_of("email", language="de").text
        assert (consent.wording_version, consent.address) == (VERSION, JANA)
        assert (consent.confirmed_at, consent.confirmed_via) == (LATER, "portal")
        assert given(jana).pk == consent.pk, "again changes nothing"


def test_withdrawn_consent_stays_as_history_and_can_be_given_anew(open_shop: Shop, jana: Customer) -> None:
    with open_shop.scope():
        first = given(jana)
        assert withdrawn(jana)
        assert not withdrawn(jana)
        assert given(jana).pk != first.pk
        choice = choices_of(jana, language="de")[0]
        assert choice.is_given
        assert [row.withdrawn_via for row in choice.past] == ["portal"]


def test_an_unproven_address_is_asked_first_and_its_mail_is_the_proof(open_shop: Shop, mailing: Mailing) -> None:
    with open_shop.scope():
        typed_by_staff = make_customer(email=JANA)
    with mailing(), open_shop.scope():
        assert given(typed_by_staff).confirmed_at is None
    (message,) = mail.outbox
    with open_shop.scope():
        consent = Consent.objects.get()
        assert consent.message_id == message.extra_headers["Message-ID"]
        assert consent.wording in message.body
        assert choices_of(typed_by_staff, language="de")[0].is_waiting
        token = re.search(r"/confirm/([^/\s]+)/", str(message.body))
        assert token
        prove_email(claim=claim_of_token(token[1], now=LATER), actor=SYSTEM, now=LATER)
        consent.refresh_from_db()
        assert (consent.confirmed_at, consent.confirmed_via, consent.address) == (LATER, "mail", JANA)


def test_joining_asks_for_e_mail_by_mail_and_takes_the_phone_s_own_tick(open_shop: Shop, mailing: Mailing) -> None:
    joiner = Joiner(name="Jana", email=JANA, phone="0151 2345678", channels=["email", "sms"])
    with mailing(), open_shop.scope():
        join(joiner=joiner, terms=terms_to_accept(language="de"), language="de", network="192.0.2.7", now=NOW)
        by_channel = {consent.channel: consent for consent in Consent.objects.all()}
        assert by_channel["email"].confirmed_at is None
        assert (by_channel["sms"].confirmed_at, by_channel["sms"].confirmed_via) == (NOW, "joining")
    assert by_channel["email"].wording in mail.outbox[0].body
    assert by_channel["sms"].wording not in mail.outbox[0].body


def test_without_a_tick_the_confirmation_mail_says_nothing_of_advertising(open_shop: Shop, mailing: Mailing) -> None:
    joiner = Joiner(name="Jana", email=JANA)
    with mailing(), open_shop.scope():
        join(joiner=joiner, terms=terms_to_accept(language="de"), language="de", network="192.0.2.7", now=NOW)
    assert "Werbung" not in mail.outbox[0].body


def test_what_an_api_asked_for_is_no_consent_until_the_customer_has_seen_the_words(open_shop: Shop) -> None:
    with open_shop.scope():
        customer = enrol(name="Jana", phone="0151 2345678", source="api", actor=SYSTEM, now=NOW, consents=["sms"])
        assert not choices_of(customer, language="de")[0].is_waiting
        consent = given(customer, "sms")
        assert consent.wording
        assert Consent.objects.count() == 1


def test_a_channel_without_an_address_cannot_be_given(open_shop: Shop) -> None:
    with open_shop.scope():
        customer = make_customer()
        for channel in Consent.Channel:
            with pytest.raises(NoAddress):
                given(customer, channel)
        assert choices_of(customer, language="de") == []


@pytest.mark.parametrize(("field", "channel"), [("email", "email"), ("phone", "sms")])
@pytest.mark.parametrize("is_left_empty", [True, False])
def test_a_consent_ends_with_the_address_that_it_was_given_for(
    open_shop: Shop, jana: Customer, field: str, channel: str, is_left_empty: bool
) -> None:
    new = "" if is_left_empty else {"email": "neu@example.org", "phone": "0151 7654321"}[field]
    with open_shop.scope():
        given(jana)
        given(jana, "sms")
        assert members(Wanted(consent=channel), now=LATER).get() == jana
        change(customer=jana, actor=SYSTEM, now=LATER, name="Jana", **{field: getattr(jana, field)})
        assert members(Wanted(consent=channel), now=LATER).get() == jana, "nothing has changed"
        jana = change(customer=jana, actor=SYSTEM, now=LATER, **{field: new})
        assert [consent.channel for consent in ended_by_change(jana, now=LATER)] == [channel]
        assert not members(Wanted(consent=channel), now=LATER).exists()
        ended = Consent.objects.get(channel=channel)
        assert (ended.withdrawn_at, ended.withdrawn_via) == (LATER, "address")
        assert Event.objects.get(name="consent.withdrawn").payload == {
            "customer": jana.pk,
            "channel": channel,
            "via": "address",
        }
        assert Consent.objects.filter(withdrawn_at=None).count() == 1, "the other channel has its own address"


def test_what_was_only_asked_for_waits_for_whatever_address_there_will_be(open_shop: Shop) -> None:
    with open_shop.scope():
        customer = enrol(phone="0151 2345678", source="api", actor=SYSTEM, now=NOW, consents=["sms"])
        change(customer=customer, actor=SYSTEM, now=LATER, phone="0151 7654321")
        assert Consent.objects.get().withdrawn_at is None


def test_the_words_keep_their_language(open_shop: Shop, jana: Customer) -> None:
    with open_shop.scope():
        assert given(jana).wording_language == "de"
        choice = choices_of(jana, language="en")[0]
        assert (choice.wording.language, choice.in_force and choice.in_force.wording_language) == ("en", "de")
        assert wording_of("email", language="fr").language == "de"


def test_the_link_in_a_mail_names_one_consent_of_one_shop(open_shop: Shop, other_shop: Shop, jana: Customer) -> None:
    with open_shop.scope():
        consent = given(jana)
        token = withdrawal_token(consent)
        assert consent_of_token(token) == consent
        for wrong in ("", "abc", token[:-1], f"{token}x"):
            with pytest.raises(UnknownConsent):
                consent_of_token(wrong)
    with other_shop.scope():
        publish_legal_texts()
        stranger = make_customer(email=JANA)
        Customer.objects.update(email_confirmed_at=NOW)
        given(stranger)
        with pytest.raises(UnknownConsent):
            consent_of_token(token)
    with open_shop.scope():
        erase(customer=jana, actor=SYSTEM, now=NOW)
        with pytest.raises(UnknownConsent):
            consent_of_token(token)


def test_a_mail_program_unsubscribes_with_one_click(shop: Shop, other_shop: Shop) -> None:
    """RFC 8058: a POST of its own, without any page, cookie or token of a form before it."""
    with shop.scope():
        consent = given(make_customer(email=JANA))
        token = withdrawal_token(consent)
    answers = []
    for one in (other_shop, shop):
        program = browser(one.host)
        program.handler.enforce_csrf_checks = True
        answers.append(program.post(f"/unsubscribe/{token}/", {"List-Unsubscribe": "One-Click"}).status_code)
    assert answers == [404, 200]
    with shop.scope():
        consent.refresh_from_db()
        assert consent.withdrawn_at is not None
