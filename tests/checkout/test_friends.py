"""A friend's code at the till: scanned or typed, with what both get, and why it does not count where it does not."""

import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from customers.models import Customer
from referrals.invitations import spelled
from referrals.models import Channel, Referral, ReferralOffer
from referrals.offers import end_offer
from tenants.roles import SYSTEM
from tests.checkout.conftest import Till
from tests.factories import make_customer, make_friends_code, make_offer

pytestmark = pytest.mark.django_db
NEW = "customers/new/"


@pytest.fixture
def code(till: Till, jana: Customer) -> str:
    """Jana's own, under an offer of 500 points for her and 300 for the friend."""
    with till.shop.scope():
        make_offer()
        return make_friends_code(jana)


def link(till: Till, code: str, *, way: str = "p") -> str:
    return f"{till.shop.tenant.url}/e/{spelled(code)}/?w={way}"


def enrol(till: Till, **values: str) -> Any:
    return till.post(NEW, **({"key": str(uuid.uuid4()), "name": "Mila"} | values))


def came_by(till: Till) -> Referral | None:
    with till.shop.scope():
        return Referral.objects.select_related("friend", "referrer").first()


def landed(page: Any) -> tuple[str, dict[str, list[str]]]:
    address = urlsplit(page.redirect_chain[-1][0])
    return address.path, parse_qs(address.query)


def test_a_printed_voucher_on_the_idle_screen_leads_to_a_new_card_with_the_code_and_what_both_get(
    till: Till, code: str
) -> None:
    page = till.post("", q=link(till, code))
    assert landed(page) == ("/checkout/customers/new/", {"code": [spelled(code)], "on": ["paper"]})
    text = page.content.decode()
    assert f'value="{spelled(code)}"' in text
    assert "Wer eingeladen ist, bekommt 300 Punkte; wer einlädt, bekommt 500 Punkte." in text
    assert "Eingeladen von Jana K." in text


@pytest.mark.parametrize("spelling", [str, spelled, str.lower])
def test_a_code_that_is_typed_where_a_customer_is_looked_for_leads_there_too(
    till: Till, code: str, spelling: Any
) -> None:
    assert landed(till.post("", q=spelling(code)))[0] == "/checkout/customers/new/"


def test_a_code_that_is_nobody_s_stays_an_unknown_card(till: Till, code: str) -> None:
    assert not till.post("", q="ZZZZ-ZZZZ").redirect_chain


@pytest.mark.parametrize(("channel", "kept"), [("till", Channel.TILL), ("paper", Channel.PAPER), ("", Channel.TILL)])
def test_who_is_enrolled_with_a_code_has_come_by_whoever_it_belongs_to(
    till: Till, code: str, jana: Customer, channel: str, kept: Channel
) -> None:
    page = enrol(till, code=spelled(code), channel=channel)
    referral = came_by(till)
    assert referral is not None
    assert (referral.referrer, referral.channel, referral.device_id) == (jana, kept, till.device.pk)
    assert referral.friend is not None
    assert referral.friend.name == "Mila"
    assert "Die Einladung ist vermerkt." in page.content.decode()


def test_a_second_press_notes_nobody_else(till: Till, code: str) -> None:
    key = str(uuid.uuid4())
    first, second = (enrol(till, code=code, key=key) for _ in range(2))
    assert first.redirect_chain == second.redirect_chain
    with till.shop.scope():
        assert Referral.objects.count() == 1


def test_a_code_that_does_not_count_is_said_at_its_field_and_nobody_is_enrolled(till: Till, code: str) -> None:
    before = _customers(till)
    page = enrol(till, code="ZZZZ-ZZZZ").content.decode()
    assert 'id="id_code_error"' in page
    assert "Dieser Code ist nicht bekannt." in page
    assert "Feld leer lassen" in page
    assert 'value="Mila"' in page
    assert _customers(till) == before
    assert enrol(till, code="").redirect_chain
    assert _customers(till) == before + 1


def test_one_s_own_code_under_another_spelling_of_the_address_is_refused(till: Till, code: str) -> None:
    page = enrol(till, code=code, email="jana+neu@example.org").content.decode()
    assert 'id="id_code_error"' in page
    assert came_by(till) is None


def test_an_invitation_that_is_over_is_said_and_the_card_comes_without_it(till: Till, code: str) -> None:
    with till.shop.scope():
        end_offer(offer=ReferralOffer.objects.get(), actor=SYSTEM, now=timezone.now())
    page = till.post("", q=link(till, code))
    assert "Diese Einladung gilt nicht mehr." in page.content.decode()


def test_a_hand_scanner_on_the_form_fills_the_code_in_and_keeps_what_was_typed(till: Till, code: str) -> None:
    scanned = link(till, code)
    page = till.post(NEW, key=str(uuid.uuid4()), name=f"Mila{scanned}", email="mila@example.org", q=scanned)
    text = page.content.decode()
    assert not page.redirect_chain
    assert 'value="Mila"' in text
    assert 'value="mila@example.org"' in text
    assert f'value="{spelled(code)}"' in text
    assert 'name="channel" value="paper"' in text
    assert came_by(till) is None


def test_a_card_that_is_scanned_on_the_form_leads_to_its_customer(till: Till, jana: Customer) -> None:
    page = till.post(NEW, name="Mi", q=jana.number)
    assert landed(page)[0] == f"/checkout/customers/{jana.public_id}/"


def test_what_is_no_card_on_the_form_is_said_and_nothing_typed_is_lost(till: Till) -> None:
    page = till.post(NEW, name="Mila", q="123456789").content.decode()
    assert 'value="Mila"' in page


def test_the_line_under_a_typed_code_says_what_both_get(till: Till, code: str) -> None:
    assert "wer einlädt, bekommt 500 Punkte" in till.post(f"{NEW}invitation/", code=code).content.decode()
    assert "Dieser Code ist nicht bekannt." in till.post(f"{NEW}invitation/", code="QQQQ-QQQQ").content.decode()
    assert "<p" not in till.post(f"{NEW}invitation/", code="").content.decode()


def test_a_partner_s_code_names_the_partner(till: Till) -> None:
    with till.shop.scope():
        make_offer(code="SOMMER20", partner="Radio Nord", friend_points=100)
        make_customer()
    page = till.post("", q=link(till, "SOMMER20", way=""))
    assert "Eingeladen von Radio Nord" in page.content.decode()
    enrol(till, code="sommer 20")
    referral = came_by(till)
    assert referral is not None
    assert referral.referrer is None


def _customers(till: Till) -> int:
    with till.shop.scope():
        return Customer.objects.count()
