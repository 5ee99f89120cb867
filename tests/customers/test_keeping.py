"""Notes, tags, cards and blocks: what a shop keeps about a customer and does with it."""

import pytest
from django.db import DataError, connection, transaction

from customers.blocking import block, unblock, why_blocked
from customers.cards import issue_card, revoke_card
from customers.errors import CustomerBlocked, NotYourNote, UnknownCustomer, WrongSignInCode
from customers.models import Card, Customer, CustomerTag, Note, Tag
from customers.notes import add_note, delete_note
from customers.queries import active_card, customer_by
from customers.sign_in import customer_of_link, new_link
from customers.tags import add_tag, delete_tag, remove_tag, rename_tag
from events.models import Event
from events.queries import events_about
from tenants.errors import Invalid
from tenants.roles import SYSTEM, Actor
from tests.factories import NOW, Shop, make_customer, make_purchase
from tests.tenants.threads import in_threads

pytestmark = pytest.mark.django_db
MIA, TOM = Actor(reference="member:1"), Actor(reference="member:2")


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer()


def happened(name: str) -> list[dict[str, object]]:
    return list(Event.objects.filter(name=name).values_list("payload", flat=True))


# --- notes ----------------------------------------------------------------------------------------------------------


def test_a_note_keeps_its_lines_and_who_wrote_it_and_the_event_keeps_no_word(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        note = add_note(customer=jana, text=" Trinkt Hafermilch,\r\nsitzt am Fenster.\x00 ", actor=MIA, now=NOW)
        assert (note.text, note.author) == ("Trinkt Hafermilch,\nsitzt am Fenster.", "member:1")
        assert happened("customer.note_added") == [{"customer": jana.pk, "note": note.pk}]


@pytest.mark.parametrize("text", ["", "  \n ", "\x00", "x" * 2001])
def test_a_note_that_says_nothing_or_too_much_is_refused(shop: Shop, jana: Customer, text: str) -> None:
    with shop.scope():
        with pytest.raises(Invalid):
            add_note(customer=jana, text=text, actor=MIA, now=NOW)
        assert not Note.objects.exists()


def test_everybody_deletes_their_own_notes_only(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        note = add_note(customer=jana, text="x", actor=MIA, now=NOW)
        with pytest.raises(NotYourNote):
            delete_note(note=note, actor=TOM)
        delete_note(note=note, actor=MIA)
        assert not Note.objects.exists()
        assert happened("customer.note_deleted") == [{"customer": jana.pk, "note": note.pk}]


# --- tags -----------------------------------------------------------------------------------------------------------


def test_a_word_is_one_tag_however_it_is_spelled(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        tag = add_tag(customer=jana, name="Stammgäste", actor=SYSTEM)
        assert add_tag(customer=jana, name=" stammgaeste ", actor=SYSTEM) == tag
        assert (Tag.objects.get().name, CustomerTag.objects.count()) == ("Stammgäste", 1)
        assert happened("customer.tagged") == [{"customer": jana.pk, "tag": tag.pk}]


@pytest.mark.parametrize("name", ["", " ", "\x00", "x" * 41])
def test_a_word_that_is_none_is_no_tag(shop: Shop, jana: Customer, name: str) -> None:
    with shop.scope(), pytest.raises(Invalid):
        add_tag(customer=jana, name=name, actor=SYSTEM)


def test_a_tag_is_taken_off_again(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        tag = add_tag(customer=jana, name="x", actor=SYSTEM)
        for _ in range(2):
            remove_tag(customer=jana, tag=tag, actor=SYSTEM)
        assert not CustomerTag.objects.exists()
        assert len(happened("customer.untagged")) == 1
        assert Tag.objects.get() == tag


def test_a_tag_is_renamed_and_becomes_one_with_another_of_that_name(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        tom = make_customer()
        oat = add_tag(customer=jana, name="Oat", actor=SYSTEM)
        milk = add_tag(customer=jana, name="Oat milk", actor=SYSTEM)
        add_tag(customer=tom, name="Oat", actor=SYSTEM)
        assert rename_tag(tag=oat, name="OAT", actor=SYSTEM) == oat
        assert rename_tag(tag=oat, name="oat MILK", actor=SYSTEM) == milk
        assert list(Tag.objects.values_list("pk", "name")) == [(milk.pk, "oat MILK")]
        assert set(CustomerTag.objects.values_list("customer", flat=True)) == {jana.pk, tom.pk}


def test_a_deleted_tag_is_on_nobody(shop: Shop, other_shop: Shop, jana: Customer) -> None:
    with other_shop.scope():
        add_tag(customer=make_customer(), name="x", actor=SYSTEM)
    with shop.scope():
        delete_tag(tag=add_tag(customer=jana, name="x", actor=SYSTEM), actor=SYSTEM)
        assert not Tag.objects.exists()
    with other_shop.scope():
        assert CustomerTag.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_word_from_four_desks_at_once_is_one_tag(shop: Shop) -> None:
    with shop.scope():
        people = [make_customer() for _ in range(4)]

    def tag(number: int) -> int:
        with shop.scope():
            return add_tag(customer=people[number], name="Regular", actor=SYSTEM).pk

    assert len(set(in_threads(4, tag))) == 1


# --- cards ----------------------------------------------------------------------------------------------------------


def test_a_lost_card_finds_nobody_and_the_new_one_finds_the_customer(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        lost = active_card(jana)
        assert lost is not None
        new = issue_card(customer=jana, actor=SYSTEM, now=NOW)
        assert active_card(jana) == new
        assert customer_by(card=lost.text) == jana
        for _ in range(2):
            revoke_card(card=lost, actor=SYSTEM, now=NOW)
        with pytest.raises(UnknownCustomer):
            customer_by(card=lost.text)
        assert customer_by(card=new.text) == jana
        assert happened("customer.card_revoked") == [{"customer": jana.pk, "card": lost.pk}]
        assert happened("customer.card_issued") == [{"customer": jana.pk, "card": new.pk}]
        assert Card.objects.count() == 2


# --- blocks ---------------------------------------------------------------------------------------------------------


def test_who_is_blocked_neither_collects_nor_signs_in_until_unblocked(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        token = new_link(jana)
        jana = block(customer=jana, reason="misuse", actor=MIA, now=NOW)
        with pytest.raises(CustomerBlocked):
            make_purchase(customer=jana)
        with pytest.raises(WrongSignInCode):
            customer_of_link(token)
        why = why_blocked(jana)
        assert why is not None
        assert (why.actor, why.payload) == ("member:1", {"customer": jana.pk, "reason": "misuse"})
        jana = unblock(customer=jana, actor=TOM, now=NOW)
        make_purchase(customer=jana)
        assert happened("customer.unblocked") == [{"customer": jana.pk}]


def test_blocking_twice_is_blocking_once(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        for reason in ("misuse", "other"):
            block(customer=jana, reason=reason, actor=SYSTEM, now=NOW)
        assert len(happened("customer.blocked")) == 1
        for _ in range(2):
            unblock(customer=jana, actor=SYSTEM, now=NOW)
        assert len(happened("customer.unblocked")) == 1
        with pytest.raises(Invalid):
            block(customer=jana, reason="because", actor=SYSTEM, now=NOW)


# --- what happened to a customer ------------------------------------------------------------------------------------


def test_the_events_about_a_customer_come_from_an_index_newest_first(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        make_purchase(customer=make_customer())
        make_purchase(customer=jana)
        add_note(customer=jana, text="x", actor=MIA, now=NOW)
        found = list(events_about([jana.pk]))
        assert [event.name for event in found] == [
            "customer.note_added",
            "purchase.recorded",
            "customer.first_purchase",
            "customer.enrolled",
        ]
        assert [event.name for event in events_about([jana.pk], before=found[0].pk)] == [
            "purchase.recorded",
            "customer.first_purchase",
            "customer.enrolled",
        ]
        with transaction.atomic():
            connection.cursor().execute("SET LOCAL enable_seqscan = off")
            plan = events_about([jana.pk])[:50].explain()
        assert "event_by_customer" in plan
        assert "Index Cond: ((tenant_id = " in plan.replace("(InitPlan 1).col1", "")
        assert f"customer_id = ANY ('{{{jana.pk}}}'" in plan or f"customer_id = {jana.pk}" in plan


def test_a_customer_in_an_event_is_a_number(shop: Shop) -> None:
    with shop.scope(), pytest.raises(DataError), transaction.atomic():
        Event.objects.create(name="x", actor="system", payload={"customer": "Jana"}, occurred_at=NOW)
