"""What members do for one customer: enrol, edit, adjust, block, note, tag, join and erase."""

import io
import json
import re
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.cards import issue_card
from customers.consents import give
from customers.merging import merge
from customers.models import Card, Consent, Customer, CustomerTag, Note, Tag, Via
from customers.queries import active_card
from customers.services import enrol
from customers.tags import add_tag
from customers.welcoming import DESK
from events.models import Event
from ledger.models import Entry
from ledger.queries import account_of, unsound_accounts
from programs.publishing import draft_in_force, publish_program
from programs.queries import standing
from programs.rules import Kind, Occasion, Rule
from tenants.roles import SYSTEM
from tests.clients import signed_in
from tests.factories import NOW, Shop, accept_terms, make_customer, make_member, make_purchase

pytestmark = pytest.mark.django_db
ROOM = "/backoffice/customers/"


@pytest.fixture
def desk(shop: Shop) -> Client:
    with shop.scope():
        return signed_in(make_member(role="manager", name="Tom").user, shop.tenant)


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer(name="Jana Krüger", email="jana@example.org", phone="0151 1234567")


def page_of(customer: Customer, behind: str = "") -> str:
    return f"{ROOM}{customer.public_id}/{behind}"


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_customer_is_enrolled_and_only_once_by_a_double_press(desk: Client, shop: Shop) -> None:
    values = {"name": "Lea Braun", "email": "lea@example.org", "birthday": "05-17", "csrfmiddlewaretoken": "t" * 64}
    answers = [desk.post(f"{ROOM}new/", values) for _ in range(2)]
    with shop.scope():
        lea = Customer.objects.get()
        assert (lea.name, lea.birthday, lea.source) == ("Lea Braun", "05-17", "desk")
        assert active_card(lea) is not None
        assert not Consent.objects.exists()
        assert Event.objects.get(name="customer.enrolled").actor.startswith("member:")
    assert answers[0].headers["Location"] == page_of(lea, "welcome/")


def test_whoever_goes_back_and_sends_something_else_means_something_else(
    desk: Client, jana: Customer, shop: Shop
) -> None:
    """All forms of a page share its token, and a browser brings the page back as it was."""
    token = {"csrfmiddlewaretoken": "t" * 64}
    for name in ("Lea Braun", "Ben Vogel"):
        desk.post(f"{ROOM}new/", token | {"name": name})
    desk.post(page_of(jana, "cards/"), token)
    desk.post(page_of(jana, "notes/"), token | {"note": "Trinkt Hafermilch"})
    answer = desk.post(page_of(jana, "notes/"), token | {"note": "Trinkt Hafermilch"}, follow=True)
    assert "schon abgeschickt" in text_of(answer)
    with shop.scope():
        assert set(Customer.objects.values_list("name", flat=True)) == {jana.name, "Lea Braun", "Ben Vogel"}
        assert Card.objects.filter(customer=jana).count() == 2
        assert [note.text for note in Note.objects.all()] == ["Trinkt Hafermilch"]


def test_a_refused_form_is_refused_again_with_the_same_words(desk: Client, jana: Customer) -> None:
    """Not taken for a second press of one that was carried out."""
    values = {"name": "Lea Braun", "email": jana.email, "csrfmiddlewaretoken": "t" * 64}
    for _press in range(2):
        assert "errsum" in text_of(desk.post(f"{ROOM}new/", values))


@pytest.mark.parametrize(
    ("field", "value"), [("email", "nobody"), ("phone", "1"), ("birthday", "17.5.1990"), ("name", "x" * 121)]
)
def test_a_bad_value_is_named_at_its_field_and_what_was_typed_stays(
    desk: Client, jana: Customer, shop: Shop, field: str, value: str
) -> None:
    for path in (f"{ROOM}new/", page_of(jana, "edit/")):
        text = text_of(desk.post(path, {"name": "Typed", field: value}))
        assert f'href="#id_{field}"' in text
        assert f'value="{value}"' in text
        assert "<title>Fehler:" in text
    with shop.scope():
        assert Customer.objects.get().name == "Jana Krüger"


def test_who_is_enrolled_already_is_offered(desk: Client, jana: Customer) -> None:
    text = text_of(desk.post(f"{ROOM}new/", {"email": "JANA@example.org"}))
    assert page_of(jana) in text
    assert "jana@example.org" not in text


def test_an_edit_of_the_address_ends_the_consent_and_says_so(desk: Client, jana: Customer, shop: Shop) -> None:
    with shop.scope():
        give(customer=jana, channel="sms", language="de", via=Via.PORTAL, actor=SYSTEM, now=NOW)
    assert "endet die Einwilligung für die bisherige Angabe" in text_of(desk.get(page_of(jana, "edit/")))
    answer = desk.post(page_of(jana, "edit/"), {"name": jana.name, "email": jana.email, "phone": ""}, follow=True)
    assert "Die Einwilligung in Werbung per SMS ist mit der alten Adresse beendet." in text_of(answer)
    with shop.scope():
        ended = Consent.objects.get()
        assert ended.withdrawn_via == "address"


def test_an_edit_changes_what_was_changed_and_nothing_else(desk: Client, jana: Customer, shop: Shop) -> None:
    values = {"name": "Jana Weber", "email": jana.email, "phone": jana.phone, "language": "en"}
    assert desk.post(page_of(jana, "edit/"), values).status_code == 302
    with shop.scope():
        jana.refresh_from_db()
        assert (jana.name, jana.email, jana.language) == ("Jana Weber", "jana@example.org", "en")
        assert Event.objects.get(name="customer.changed").payload["fields"] == ["language", "name"]


def test_an_adjustment_shows_the_new_balance_first_and_is_booked_once(desk: Client, jana: Customer, shop: Shop) -> None:
    path = page_of(jana, "adjust/")
    key = re.search(r'name="key" value="([^"]+)"', text_of(desk.get(path)))
    assert key
    values = {"points": "1.200", "reason": "forgotten", "note": "Bon", "key": key[1]}
    asked = text_of(desk.post(path, values))
    assert "<dd>1.200</dd>" in asked
    with shop.scope():
        assert not Entry.objects.exists()
    for _ in range(2):
        assert desk.post(path, values | {"confirmed": "yes"}).headers["Location"] == page_of(jana)
    with shop.scope():
        assert standing(jana, now=NOW).balance == 1_200
        assert Note.objects.get().text == "Bon"
        assert unsound_accounts() == {}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"points": "0"}, "points"),
        ({"points": "-5"}, "points"),
        ({"points": "x"}, "points"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_bad_adjustment_books_nothing(
    desk: Client, jana: Customer, shop: Shop, values: dict[str, str], field: str
) -> None:
    usual = {"points": "5", "reason": "other", "note": "typed", "key": "0" * 32, "confirmed": "yes"}
    text = text_of(desk.post(page_of(jana, "adjust/"), usual | values))
    assert "errsum" in text
    assert "typed" in text
    with shop.scope():
        assert not Entry.objects.exists()
        assert not Note.objects.exists()


def test_a_review_is_thanked_for_once_and_only_where_the_programme_does(
    desk: Client, jana: Customer, shop: Shop, other_shop: Shop
) -> None:
    assert "Bewertung: +50" not in text_of(desk.get(page_of(jana)))
    assert "nichts" in text_of(desk.post(page_of(jana, "review/"), follow=True))
    with shop.scope():
        draft, now = draft_in_force(now=NOW), timezone.now()
        review = Rule(code="review", kind=Kind.BONUS, occasion=Occasion.REVIEW, points=50)
        publish_program(replace(draft, rules=[*draft.rules, review]), actor=SYSTEM, now=now)
    assert "Bewertung: +50" in text_of(desk.get(page_of(jana)))
    page = text_of(desk.post(page_of(jana, "review/"), follow=True))
    assert "Die Bewertung ist vermerkt" in page
    assert "Danke für die Bewertung" in page
    assert "Bewertung: +50" not in page
    assert "schon gutgeschrieben" in text_of(desk.post(page_of(jana, "review/"), follow=True))
    with shop.scope():
        assert standing(jana, now=timezone.now()).balance == 50
        assert account_of(jana).qualifying_points == 0
    with other_shop.scope():
        assert not Entry.objects.exists()


def test_a_block_names_its_reason_and_is_lifted(desk: Client, jana: Customer, shop: Shop) -> None:
    assert "errsum" in text_of(desk.post(page_of(jana, "block/"), {}))
    assert desk.post(page_of(jana, "block/"), {"reason": "misuse"}).status_code == 302
    text = text_of(desk.get(page_of(jana)))
    assert "Verdacht auf Missbrauch" in text
    assert "Tom" in text
    desk.post(page_of(jana, "unblock/"))
    with shop.scope():
        jana.refresh_from_db()
        assert jana.status == "active"


def test_notes_are_written_and_only_the_own_ones_deleted(desk: Client, jana: Customer, shop: Shop) -> None:
    with shop.scope():
        colleague = signed_in(make_member(role="owner", name="Selin").user, shop.tenant)
    desk.post(page_of(jana, "notes/"), {"note": "Trinkt Hafermilch"})
    assert "Trinkt Hafermilch" in text_of(desk.get(page_of(jana)))
    with shop.scope():
        note = Note.objects.get()
    delete = page_of(jana, f"notes/{note.pk}/delete/")
    assert delete not in text_of(colleague.get(page_of(jana)))
    colleague.post(delete)
    with shop.scope():
        assert Note.objects.exists()
    desk.post(delete)
    with shop.scope():
        assert not Note.objects.exists()
    assert 'href="#id_note"' in text_of(desk.post(page_of(jana, "notes/"), {"note": " "}))


def test_tags_are_set_and_removed(desk: Client, jana: Customer, shop: Shop) -> None:
    desk.post(page_of(jana, "tags/"), {"tag": "Hafermilch"})
    assert '<option value="Hafermilch">' in text_of(desk.get(page_of(jana)))
    with shop.scope():
        held = CustomerTag.objects.get()
    desk.post(page_of(jana, f"tags/{held.tag_id}/remove/"))
    with shop.scope():
        assert not CustomerTag.objects.exists()
    assert 'href="#id_tag"' in text_of(desk.post(page_of(jana, "tags/"), {"tag": ""}))


def test_a_lost_card_is_revoked_and_a_new_one_issued(desk: Client, jana: Customer, shop: Shop) -> None:
    with shop.scope():
        lost = active_card(jana)
    assert lost is not None
    desk.post(page_of(jana, f"cards/{lost.pk}/revoke/"))
    desk.post(page_of(jana, "cards/"))
    with shop.scope():
        card = active_card(jana)
        assert card is not None
        assert card != lost
        foreign = issue_card(customer=make_customer(), actor=SYSTEM, now=NOW)
    assert desk.post(page_of(jana, f"cards/{foreign.pk}/revoke/")).status_code == 404
    with shop.scope():
        assert Card.objects.get(pk=foreign.pk).revoked_at is None


def test_the_page_shows_purchases_consents_and_changes(desk: Client, jana: Customer, shop: Shop) -> None:
    with shop.scope():
        make_purchase(customer=jana, total=2_490, store=shop.store, receipt_number="R-17")
        Consent.objects.create(
            customer=jana,
            channel="email",
            wording="I agree to the letter.",
            address=jana.email,
            requested_at=NOW,
            confirmed_at=NOW,
        )
    assert "I agree to the letter." in text_of(desk.get(page_of(jana)))
    assert "R-17" in text_of(desk.get(page_of(jana, "purchases/")))
    changes = text_of(desk.get(page_of(jana, "history/")))
    assert "Einkauf" in changes
    assert "Kunde" in changes


def test_two_are_joined_after_a_look_at_the_outcome(desk: Client, jana: Customer, shop: Shop) -> None:
    with shop.scope():
        other = make_customer(name="J. Krueger", phone="0151 7654321", birthday="05-17")
        make_purchase(customer=other, total=60_000)
    assert page_of(jana, f"merge/{other.public_id}/") in text_of(desk.post(page_of(jana, "merge/"), {"q": "krueger"}))
    path = page_of(jana, f"merge/{other.public_id}/")
    outcome = text_of(desk.get(path))
    assert "6.000" in outcome
    assert "Gold" in outcome
    with shop.scope():
        assert Customer.objects.filter(status="merged").count() == 0
    desk.post(path, {"name": "own", "phone": "other", "birthday": "other", "confirmed": "yes"})
    with shop.scope():
        jana.refresh_from_db()
        assert (jana.name, jana.phone, jana.birthday) == ("Jana Krüger", "+491517654321", "05-17")
        assert standing(jana, now=NOW).balance == 6_000
    assert desk.get(page_of(other)).status_code == 404
    assert "Kunden zusammengeführt" in text_of(desk.get(page_of(jana, "history/")))


def test_a_second_press_on_joining_or_erasing_finds_it_done(
    desk: Client, jana: Customer, shop: Shop, other_shop: Shop
) -> None:
    with shop.scope():
        twin = make_customer(name="J. Krueger")
    with other_shop.scope():
        stranger = make_customer()
    for _ in range(2):
        answer = desk.post(page_of(jana, f"merge/{twin.public_id}/"), {"confirmed": "yes"}, follow=True)
        assert answer.redirect_chain == [(page_of(jana), 302)]
        assert "Die beiden sind zusammengeführt." in text_of(answer)
    for _ in range(2):
        answer = desk.post(page_of(jana, "erase/"), {"typed_number": jana.number}, follow=True)
        assert answer.redirect_chain == [(ROOM, 302)]
        assert "Die Person ist gelöscht." in text_of(answer)
    with shop.scope():
        assert Event.objects.filter(name__in=["customer.merged", "customer.erased"]).count() == 2
    for path in (page_of(stranger, "erase/"), page_of(twin, "erase/"), page_of(jana, f"merge/{stranger.public_id}/")):
        assert desk.post(path, {"confirmed": "yes"}).status_code == 404


def test_nobody_is_erased_without_typing_the_number(desk: Client, jana: Customer, shop: Shop) -> None:
    path = page_of(jana, "erase/")
    for typed in ("", "123"):
        assert 'href="#id_typed_number"' in text_of(desk.post(path, {"typed_number": typed}))
    assert desk.post(path, {"typed_number": f" {jana.number} "}).status_code == 302
    with shop.scope():
        jana.refresh_from_db()
        assert (jana.status, jana.name) == ("erased", "")
        assert account_of(jana).closed_at is not None
    assert desk.get(page_of(jana)).status_code == 404


def test_the_history_of_who_was_joined_is_read_with_who_remains(desk: Client, jana: Customer, shop: Shop) -> None:
    with shop.scope():
        twin = make_customer()
        make_purchase(customer=twin)
        merge(customer=twin, into=jana, actor=SYSTEM, now=NOW)
    assert text_of(desk.get(page_of(jana, "history/"))).count("<tr>") == 1 + 5


@pytest.mark.parametrize("behind", ["edit/", "adjust/", "block/", "merge/", "erase/"])
def test_who_only_reads_is_offered_nothing_to_change(shop: Shop, jana: Customer, behind: str) -> None:
    with shop.scope():
        analyst = signed_in(make_member(role="analyst").user, shop.tenant)
    assert page_of(jana, behind) not in text_of(analyst.get(page_of(jana)))
    assert analyst.get(page_of(jana, behind)).status_code == 403


def test_the_team_withdraws_a_consent_but_never_gives_one(desk: Client, jana: Customer, shop: Shop) -> None:
    with shop.scope():
        give(customer=jana, channel="sms", language="de", via=Via.PORTAL, actor=SYSTEM, now=NOW)
    withdraw = page_of(jana, "consents/sms/withdraw/")
    assert withdraw in text_of(desk.get(page_of(jana)))
    desk.post(withdraw)
    with shop.scope():
        assert Consent.objects.get().withdrawn_via == Via.STAFF
        assert Event.objects.get(name="consent.withdrawn").actor.startswith("member:")
    assert withdraw not in text_of(desk.get(page_of(jana)))
    assert desk.post(page_of(jana, "consents/pigeon/withdraw/")).status_code == 404


def test_an_objection_to_scoring_is_noted_and_taken_back(desk: Client, jana: Customer, shop: Shop) -> None:
    for wanted, objects in (("off", True), ("on", False)):
        assert f'value="{wanted}"' in text_of(desk.get(page_of(jana)))
        desk.post(page_of(jana, "scoring/"), {"scoring": wanted})
        with shop.scope():
            jana.refresh_from_db()
            assert (jana.scoring_objected_at is not None) is objects


def test_a_copy_of_the_data_is_handed_out_after_a_second_factor(desk: Client, jana: Customer, shop: Shop) -> None:
    with shop.scope():
        manager = signed_in(make_member(role="manager").user, shop.tenant, second_factor_age=None)
    refused = manager.post(page_of(jana, "copy/json/"))
    assert refused.status_code == 403
    answer = desk.post(page_of(jana, "copy/json/"))
    assert json.loads(answer.content)["customer"][0]["name"] == "Jana Krüger"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="morgenrot-{jana.number}.json"'
    with zipfile.ZipFile(io.BytesIO(desk.post(page_of(jana, "copy/zip/")).content)) as archive:
        assert "customer.csv" in archive.namelist()
    assert desk.post(page_of(jana, "copy/exe/")).status_code == 404
    with shop.scope():
        handed_out = Event.objects.filter(name="customer.copy_handed_out", customer_id=jana.pk)
        assert [event.payload["format"] for event in handed_out.order_by("pk")] == ["json", "zip"]


def test_tags_are_renamed_joined_and_deleted(desk: Client, jana: Customer, shop: Shop) -> None:
    with shop.scope():
        regular = add_tag(customer=jana, name="Stammgast", actor=SYSTEM)
        milk = add_tag(customer=make_customer(), name="Hafer", actor=SYSTEM)
    room = f"{ROOM}tags/"
    assert "errsum" in text_of(desk.post(f"{room}{milk.pk}/", {"tag": " "}))
    desk.post(f"{room}{milk.pk}/", {"tag": "Hafermilch"})
    assert "Hafermilch" in text_of(desk.get(room))
    desk.post(f"{room}{milk.pk}/", {"tag": "stammgast"})
    with shop.scope():
        assert [tag.name for tag in Tag.objects.all()] == ["stammgast"]
        assert CustomerTag.objects.filter(tag=regular).count() == 2
    desk.post(f"{room}{regular.pk}/delete/")
    with shop.scope():
        assert not Tag.objects.exists()


def test_more_tags_than_fit_on_a_page_follow_in_order(
    desk: Client, jana: Customer, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.views.customers.tags.ROWS", 2)
    with shop.scope():
        for name in ("Zitrone", "Apfel", "Birne"):
            add_tag(customer=jana, name=name, actor=SYSTEM)
    first = text_of(desk.get(f"{ROOM}tags/"))
    following = re.search(r'href="(/backoffice/customers/tags/\?after=\d+)" rel="next"', first)
    assert following
    second = text_of(desk.get(following[1]))
    assert ["Zitrone" in page for page in (first, second)] == [False, True]
    assert ["Birne" in page for page in (first, second)] == [True, False]


def test_who_was_enrolled_at_the_desk_joins_by_a_code_and_only_until_then(
    desk: Client, jana: Customer, shop: Shop
) -> None:
    with shop.scope():
        lea = enrol(name="Lea Braun", source=DESK, actor=SYSTEM, now=NOW)
    assert page_of(lea, "welcome/") in text_of(desk.get(page_of(lea)))
    assert "<svg" in text_of(desk.get(page_of(lea, "welcome/")))
    state = page_of(lea, "welcome/state/?seen=waiting")
    assert desk.get(state).status_code == 204
    with shop.scope():
        accept_terms(lea)
    assert "Dabei, Bedingungen angenommen." in text_of(desk.get(state))
    assert desk.get(page_of(lea, "welcome/")).status_code == 404
    assert desk.get(page_of(jana, "welcome/")).status_code == 404
