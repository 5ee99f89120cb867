"""What a shop promises in law: each version is kept, customers read the one in force, and nobody reads HTML of ours."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from events.models import Event
from legal.errors import DetailsMissing
from legal.models import BusinessDetails, LegalText, ProcessingAgreement
from legal.queries import text_in_force, texts_in_force
from legal.rendering import as_html
from legal.samples import SAMPLES, sample_of
from legal.services import accept_processing_agreement, publish_samples, publish_text, state_business_details
from tenants.errors import Invalid
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tests.clients import browser, signed_in
from tests.factories import DETAILS, NOW, Shop, make_member, publish_legal_texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(shop: Shop) -> Client:
    with shop.scope():
        return signed_in(make_member(role="owner").user, shop.tenant)


def publish(body: str, *, kind: str = "terms", language: str = "de") -> LegalText:
    return publish_text(kind=kind, language=language, body=body, actor=SYSTEM, now=NOW)


def test_each_change_is_a_new_version_and_the_newest_is_in_force(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        assert [publish("eins").version, publish("zwei").version] == [1, 2]
        assert texts_in_force(language="de")["terms"].body == "zwei"
        assert list(LegalText.objects.order_by("version").values_list("body", flat=True)) == ["eins", "zwei"]
    with other_shop.scope():
        assert text_in_force("terms", language="de") is None
        assert publish("anderer Laden").version == 1


def test_a_published_text_cannot_be_changed_by_the_application(shop: Shop) -> None:
    with shop.scope():
        publish("eins")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            LegalText.objects.update(body="nie gesagt")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            LegalText.objects.all().delete()


def test_readers_get_their_language_or_the_shops_own(shop: Shop) -> None:
    with shop.scope():
        publish("deutsch")
        for language in ("de", "de-informal", "en"):
            text = text_in_force("terms", language=language)
            assert text is not None
            assert text.body == "deutsch"
        publish("english", language="en")
        text = text_in_force("terms", language="en")
        assert text is not None
        assert text.body == "english"


def test_samples_need_to_know_who_runs_the_shop(shop: Shop) -> None:
    with shop.scope():
        with pytest.raises(DetailsMissing):
            publish_samples(language="de", actor=SYSTEM, now=NOW)
        with pytest.raises(Invalid) as refusal:
            state_business_details(actor=SYSTEM, **(DETAILS | {"street": " "}))
        assert refusal.value.field == "street"


@pytest.mark.parametrize(("language", "words"), [("de", "verfallen nicht"), ("en", "do not expire")])
def test_the_sample_terms_and_the_programme_page_say_the_same_of_expiry(shop: Shop, language: str, words: str) -> None:
    with shop.scope():
        publish_legal_texts()
        terms = sample_of("terms", language=language, details=BusinessDetails.objects.get())
    page = browser(shop.host, language=language, tenant_id=shop.tenant.pk).get("/join/").content.decode()
    assert words in page
    assert words in terms
    assert "36" not in terms
    assert "remind" not in terms
    assert "erinner" not in terms


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("address", ["du", "sie"])
def test_samples_speak_as_the_shop_does_and_name_its_details(shop: Shop, language: str, address: str) -> None:
    Tenant.objects.filter(pk=shop.tenant.pk).update(address=address)
    shop.tenant.refresh_from_db()
    with shop.scope():
        state_business_details(actor=SYSTEM, **DETAILS)
        published = {text.kind: text for text in publish_samples(language=language, actor=SYSTEM, now=NOW)}
        assert set(published) == set(LegalText.Kind.values)
        assert all(text.template == SAMPLES for text in published.values())
        assert "Hauptstraße 1" in published["imprint"].body
        assert not any(mark in text.body for text in published.values() for mark in ("{{", "{%", "&amp;"))
        if language == "de":
            assert ("deine Daten" in published["privacy"].body) == (address == "du")
            assert ("Ihre Daten" in published["privacy"].body) == (address == "sie")
        assert publish_samples(language=language, actor=SYSTEM, now=NOW) == []


def test_a_text_is_markdown_without_html_scripts_or_pictures() -> None:
    html = as_html("# Titel\n\n<script>alert(1)</script>\n\n[böse](javascript:alert(1)) ![x](http://x/y.png)\n\n- eins")
    assert "<h2>Titel</h2>" in html
    assert "<li>eins</li>" in html
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert "<img" not in html


def test_the_agreement_on_processing_is_accepted_once_for_each_version(shop: Shop) -> None:
    with shop.scope():
        for _ in range(2):
            accept_processing_agreement(version="2026-11", actor=SYSTEM, now=NOW)
        assert ProcessingAgreement.objects.count() == 1
        assert Event.objects.filter(name="legal.agreement_accepted").count() == 1


def test_everybody_reads_the_texts_of_this_shop(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        publish("## Punkte\n\nNur hier.")
    assert "Nur hier." in browser(shop.host).get("/legal/terms/").content.decode()
    assert "noch nicht veröffentlicht" in browser(other_shop.host).get("/legal/terms/").content.decode()
    assert browser(shop.host).get("/legal/gossip/").status_code == 404


def test_the_owner_publishes_samples_and_then_a_text_of_their_own(owner: Client, shop: Shop) -> None:
    page = owner.post("/backoffice/legal/", DETAILS | {"city": ""}).content.decode()
    assert "Fehler:" in page
    assert "Hauptstraße 1" in page
    assert owner.get("/backoffice/legal/terms/").status_code == 302
    owner.post("/backoffice/legal/", DETAILS)
    owner.post("/backoffice/legal/samples/")
    owner.post("/backoffice/legal/terms/", {"body": "Eigene Bedingungen"})
    assert "Eigene Bedingungen" in browser(shop.host).get("/legal/terms/").content.decode()
    assert "Punkte sammeln" in owner.get("/backoffice/legal/terms/1/").content.decode()
    assert owner.get("/backoffice/legal/terms/7/").status_code == 404
    with shop.scope():
        assert list(LegalText.objects.filter(kind="terms").order_by("version").values_list("template", flat=True)) == [
            SAMPLES,
            "",
        ]
