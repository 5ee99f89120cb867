"""The portal's doors: how long a session lasts, what former customers see, what phones may keep."""

import io
import json
from datetime import timedelta

import pytest
from django.test import Client
from PIL import Image

from customers.addresses import own_email
from customers.models import Consent, Customer, TermsAcceptance
from customers.queries import accepted_terms, active_card
from customers.sign_in import is_open, new_link
from legal.models import LegalText
from legal.services import publish_text
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tests.clients import browser, phone
from tests.factories import NOW, Shop, make_customer, publish_legal_texts

pytestmark = pytest.mark.django_db
JANA = "jana@example.org"
FOREIGN = ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\\\\evil.example", "")


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        publish_legal_texts()
        return make_customer(name="Jana Krüger", email=JANA)


def is_in(client: Client) -> bool:
    return client.get("/card/").status_code == 200


def reread(customer: Customer, shop: Shop) -> Customer:
    with shop.scope():
        return Customer.objects.get(pk=customer.pk)


# --- Sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_ends_with_the_address_it_began_with(shop: Shop, jana: Customer) -> None:
    client = phone(jana, shop.tenant)
    assert is_in(client)
    with shop.scope():
        own_email(jana, JANA, actor=SYSTEM, now=NOW)
    assert not is_in(client), "somebody has proven the address: whoever was in before has to prove it too"
    client = phone(reread(jana, shop), shop.tenant)
    with shop.scope():
        own_email(jana, "neu@example.org", actor=SYSTEM, now=NOW)
    assert not is_in(client)


def test_a_session_without_its_stamp_opens_nothing(shop: Shop, jana: Customer) -> None:
    assert not is_in(browser(shop.host, customer=jana.pk, tenant_id=shop.tenant.pk))


def test_signing_in_by_the_till_s_link_begins_a_new_session(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        token = new_link(jana)
    client = browser(shop.host, language="en", tenant_id=shop.tenant.pk)
    before = client.cookies["session"].value
    client.get(f"/welcome/{token}/")
    with shop.scope():
        assert is_open(token), "looking uses nothing up"
    client.post(f"/welcome/{token}/")
    assert is_in(client)
    assert client.cookies["session"].value != before
    half_a_year = timedelta(days=180).total_seconds()
    assert half_a_year - 60 < int(client.cookies["session"]["max-age"]) <= half_a_year


@pytest.mark.parametrize("status", ["blocked", "merged", "erased"])
def test_who_is_no_customer_any_more_is_told_so(shop: Shop, jana: Customer, status: str) -> None:
    client = phone(jana, shop.tenant)
    with shop.scope():
        other = make_customer(name="Andere")
        Customer.objects.filter(pk=jana.pk).update(status=status, merged_into=other if status == "merged" else None)
    for path in ("/", "/profile/", "/privacy/data.json"):
        answer = phone(jana, shop.tenant).get(path)
        assert answer.status_code == 403
        assert "Jana" not in answer.content.decode()
    words = {"blocked": "gesperrt", "merged": "zusammengelegt", "erased": "gelöscht"}
    assert words[status] in client.get("/").content.decode()
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert client.get("/").headers["Location"] == "/join/"


def test_signing_out_leaves_nothing_in_the_browser(shop: Shop, jana: Customer) -> None:
    answer = phone(jana, shop.tenant).post("/sign-out/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


# --- Profile ----------------------------------------------------------------------------------------------------------


def test_who_changes_the_number_is_told_that_its_consent_has_ended(shop: Shop, jana: Customer) -> None:
    client = phone(jana, shop.tenant)
    said = {"name": "Jana Krüger", "phone": "0151 2345678", "language": "de"}
    client.post("/profile/", said)
    client.post("/consents/sms/", {"decision": "give"})
    unchanged = client.post("/profile/", said | {"name": "Jana Weber"}, follow=True)
    assert "Die Einwilligung in Werbung" not in unchanged.content.decode()
    answer = client.post("/profile/", said | {"phone": "0151 7654321"}, follow=True)
    assert "Die Einwilligung in Werbung per SMS ist mit der alten Adresse beendet." in answer.content.decode()
    client.post("/consents/sms/", {"decision": "give"})
    with shop.scope():
        addresses = Consent.objects.order_by("pk").values_list("address", "withdrawn_via")
        assert list(addresses) == [("+491512345678", "address"), ("+491517654321", "")]


# --- Joining ----------------------------------------------------------------------------------------------------------


def wanting(client: Client) -> dict[str, str]:
    """What the form would send."""
    text = client.get("/join/").context["form"]["text"].value()
    return {"name": "Mila Wolf", "email": "mila@example.org", "accept": "on", "text": str(text)}


def test_terms_that_changed_while_they_were_read_are_shown_again(shop: Shop, jana: Customer) -> None:
    client = browser(shop.host)
    said = wanting(client)
    with shop.scope():
        newer = publish_text(kind=LegalText.Kind.TERMS, language="de", body="Neu", actor=SYSTEM, now=NOW)
    refused = client.post("/join/", said)
    assert "Die Bedingungen wurden gerade geändert." in refused.content.decode()
    assert 'value="Mila Wolf"' in refused.content.decode()
    assert client.post("/join/", wanting(client)).status_code == 302
    with shop.scope():
        assert TermsAcceptance.objects.get().text == newer


def test_terms_that_have_changed_are_told_on_the_next_visit_until_they_are_accepted(shop: Shop, jana: Customer) -> None:
    client = phone(jana, shop.tenant)
    told = "Die Bedingungen haben sich geändert"

    def agree() -> None:
        text = client.get("/agree/").context["form"]["text"].value()
        assert client.post("/agree/", {"accept": "on", "text": str(text)}).status_code == 302

    assert told not in client.get("/").content.decode()
    agree()
    assert told not in client.get("/").content.decode()
    with shop.scope():
        publish_text(kind=LegalText.Kind.TERMS, language="en", body="Other", actor=SYSTEM, now=NOW)
        publish_text(kind=LegalText.Kind.PRIVACY, language="de", body="Neu", actor=SYSTEM, now=NOW)
    assert told not in client.get("/").content.decode()
    with shop.scope():
        newer = publish_text(kind=LegalText.Kind.TERMS, language="de", body="Neu", actor=SYSTEM, now=NOW)
    assert told in client.get("/").content.decode()
    page = client.get("/agree/")
    assert told in page.content.decode()
    assert "email_ads" not in page.context["form"].fields, "advertising is no matter of the terms"
    agree()
    assert told not in client.get("/").content.decode()
    with shop.scope():
        assert accepted_terms(jana) == newer


def test_without_the_tick_there_is_no_customer(shop: Shop, jana: Customer) -> None:
    client = browser(shop.host)
    for missing in ("accept", "name"):
        said = wanting(client)
        del said[missing]
        assert client.post("/join/", said).status_code == 200
    assert client.post("/join/", wanting(client) | {"email": "", "phone": ""}).status_code == 200
    assert client.post("/join/", wanting(client) | {"sms_ads": "on"}).status_code == 200
    with shop.scope():
        assert Customer.objects.count() == 1


def test_a_shop_that_cannot_be_joined_says_so(shop: Shop) -> None:
    assert "Online gibt es zurzeit keine Karte" in browser(shop.host).get("/join/").content.decode()
    assert browser(shop.host).post("/join/", {"name": "Mila"}).status_code == 200
    with shop.scope():
        assert not Customer.objects.exists()


def test_the_language_leads_back_to_this_shop_only(shop: Shop, jana: Customer) -> None:
    client = phone(jana, shop.tenant)
    for back in FOREIGN:
        assert client.post("/language/", {"language": "en", "back": back}).headers["Location"] == "/"
    assert client.post("/language/", {"language": "en", "back": "/profile/"}).headers["Location"] == "/profile/"
    assert client.post("/language/", {"language": "xx", "back": "/"}).status_code == 302
    assert reread(jana, shop).language == "en"
    assert "Your details" in client.get("/profile/").content.decode()


# --- Own data ---------------------------------------------------------------------------------------------------------


def test_a_number_that_another_card_has_can_be_tried_twenty_times_an_hour(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        make_customer(phone="0151 2345678")
    client = phone(jana, shop.tenant)
    said = {"name": "Jana Krüger", "phone": "0151 2345678", "language": "de"}
    for _ in range(20):
        assert "gehört zu einer anderen Karte" in client.post("/profile/", said).content.decode()
    assert "gehört zu einer anderen Karte" not in client.post("/profile/", said).content.decode()


def test_nobody_deletes_an_account_without_the_code(shop: Shop, jana: Customer) -> None:
    client = phone(jana, shop.tenant)
    client.post("/privacy/delete/", {"sure": "on"})
    for code in ("", "000000"):
        assert client.post("/privacy/delete/code/", {"code": code}).status_code == 200
    assert reread(jana, shop).status == "active"


def test_who_has_no_address_deletes_the_account_with_the_card_in_hand(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        nele = make_customer(name="Nele", phone="0151 7654321")
    client = phone(nele, shop.tenant)
    assert client.post("/privacy/delete/", {}).status_code == 200
    assert client.post("/privacy/delete/", {"sure": "on"}).headers["Location"].startswith("/goodbye/")
    nele = reread(nele, shop)
    assert (nele.status, nele.phone) == ("erased", "")


def test_a_channel_that_does_not_exist_is_not_found(shop: Shop, jana: Customer) -> None:
    assert phone(jana, shop.tenant).post("/consents/brieftaube/", {"decision": "give"}).status_code == 404


# --- What phones may keep ---------------------------------------------------------------------------------------------


def test_pages_about_a_person_are_not_kept(shop: Shop, jana: Customer) -> None:
    client = phone(jana, shop.tenant)
    for path in ("/", "/card/", "/card/offline/", "/history/", "/profile/", "/privacy/data.json", "/privacy/data.zip"):
        assert "no-store" in client.get(path).headers["Cache-Control"], path


def test_the_card_that_a_phone_keeps_names_nobody(shop: Shop, jana: Customer) -> None:
    page = phone(jana, shop.tenant).get("/card/offline/").content.decode()
    with shop.scope():
        card = active_card(jana)
    assert card is not None
    assert card.text in page
    assert not [word for word in ("Jana", "Krüger", JANA, jana.number) if word in page]


def test_the_card_can_be_put_on_the_home_screen(shop: Shop) -> None:
    Tenant.objects.filter(pk=shop.tenant.pk).update(brand_color="#ffe600", name="Über Blumen")
    client = browser(shop.host)
    manifest = json.loads(client.get("/manifest.webmanifest").content)
    assert (manifest["name"], manifest["display"], manifest["start_url"]) == ("Über Blumen", "standalone", "/")
    for icon in manifest["icons"]:
        answer = client.get(icon["src"])
        picture = Image.open(io.BytesIO(answer.content))
        assert f"{picture.width}x{picture.height}" == icon["sizes"]
        assert picture.getpixel((0, 0)) == (255, 230, 0)
    assert client.get("/icon-7.png").status_code == 404
    assert client.get("/worker.js").headers["Content-Type"].startswith("text/javascript")
