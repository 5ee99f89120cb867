"""A merchant decides which messages are sent and what they say; nobody without the right does, and no text is code."""

from collections.abc import Iterator

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from events.models import Event
from loyalty.celery import app
from messaging.models import MutedKind, OwnText
from tests.clients import signed_in
from tests.factories import Shop, make_member, publish_legal_texts

pytestmark = pytest.mark.django_db
TEXT = "/backoffice/messages/points_expiring/de/"
OWN = {"subject": "{points} nur noch bis {day}", "body": "{greeting},\n\n{points} bis {day}."}


@pytest.fixture
def owner(shop: Shop) -> Client:
    with shop.scope():
        publish_legal_texts()
        return signed_in(make_member(role="owner").user, shop.tenant)


def test_a_shop_s_own_text_is_kept_and_ours_comes_back(shop: Shop, other_shop: Shop, owner: Client) -> None:
    assert "laufen nach dem" in owner.get(TEXT).content.decode()
    assert owner.post(TEXT, OWN).status_code == 302
    with shop.scope():
        own = OwnText.objects.get()
        assert (own.kind, own.language, own.subject) == ("points_expiring", "de", OWN["subject"])
        assert Event.objects.filter(name="message.text_changed").count() == 1
    with other_shop.scope():
        assert not OwnText.objects.exists()
    assert "240 Punkte nur noch bis 31. Dezember 2026" in owner.get(TEXT).content.decode()
    assert owner.post(f"{TEXT}reset/").status_code == 302
    with shop.scope():
        assert not OwnText.objects.exists()


@pytest.mark.parametrize(
    ("field", "text", "complaint"),
    [
        ("subject", "{points} für {vorname}", "{vorname}"),
        ("body", "{points} {day} {greeting.__class__}", "{greeting.__class__}"),
        ("body", "{points} {day} {% now %}", "{% now %}"),
        ("body", "{points} {day} }", "}"),
        ("body", "Bald ist es so weit, {points}!", "{day}"),
        ("body", "", ""),
    ],
)
def test_what_is_no_placeholder_is_refused_at_its_field(
    shop: Shop, owner: Client, field: str, text: str, complaint: str
) -> None:
    page = owner.post(TEXT, OWN | {field: text})
    errors = page.context["form"].errors
    assert page.status_code == 200
    assert list(errors) == [field]
    assert complaint in errors[field][0]
    with shop.scope():
        assert not OwnText.objects.exists()


def test_what_is_typed_is_shown_and_never_markup(owner: Client) -> None:
    page = owner.post(f"{TEXT}preview/", OWN | {"body": "<script>alert(1)</script> {points}"}).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 240 Punkte" in page
    assert "<script>" not in page


@pytest.fixture
def eager() -> Iterator[None]:
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.mark.usefixtures("eager")
def test_a_test_goes_to_whoever_writes(
    shop: Shop, owner: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        page = owner.post(f"{TEXT}sample/", OWN)
    assert page.status_code == 200
    (sent,) = mail.outbox
    assert sent.subject == "240 Punkte nur noch bis 31. Dezember 2026"
    with shop.scope():
        assert not OwnText.objects.exists()


def test_only_what_nobody_relies_on_can_be_switched_off(shop: Shop, owner: Client) -> None:
    for kind in ("welcome", "points_expiring"):
        owner.post(f"/backoffice/messages/{kind}/switch/", {"to": "off"})
    with shop.scope():
        assert list(MutedKind.objects.values_list("kind", flat=True)) == ["welcome"]
    owner.post("/backoffice/messages/welcome/switch/", {"to": "on"})
    with shop.scope():
        assert not MutedKind.objects.exists()


def test_an_analyst_reads_and_changes_nothing(shop: Shop) -> None:
    with shop.scope():
        analyst = signed_in(make_member(role="analyst").user, shop.tenant)
    page = analyst.get("/backoffice/messages/").content.decode()
    assert "Willkommen mit Karte" in page
    assert "/switch/" not in page
    assert analyst.post("/backoffice/messages/welcome/switch/", {"to": "off"}).status_code == 403


@pytest.mark.parametrize("path", ["nothing/de/", "welcome/fr/", "nothing/de/preview/"])
def test_there_are_no_other_messages(owner: Client, path: str) -> None:
    assert owner.get(f"/backoffice/messages/{path}").status_code in {404, 405}
