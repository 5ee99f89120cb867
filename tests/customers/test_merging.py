"""Two customers who are one person: nothing of either is lost, and no consent becomes wider."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from customers import cards, notes, tags
from customers.blocking import block, why_blocked
from customers.bulk import Person, enrol_all
from customers.errors import CustomerExists, SameCustomer, UnknownCustomer
from customers.export import sections_of
from customers.merging import consents_after, lacking, merge, merged_into
from customers.models import Card, Consent, Customer, CustomerTag, EmailClaim, Note, TermsAcceptance
from customers.queries import customer_by, customer_by_text, customers_by, customers_matching
from customers.services import change, enrol, erase
from events.models import Event
from legal.services import publish_text
from tenants.errors import TenantNotSet
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_purchase

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Pair = tuple[Customer, Customer]


@pytest.fixture
def pair(shop: Shop) -> Pair:
    """Who goes and who stays."""
    with shop.scope():
        gone = make_customer(name="Jana Krüger", email="jana@example.org", birthday="05-17", now=NOW - 9 * DAY)
        return gone, make_customer(name="J. Krueger", phone="0151 1234567")


def join(pair: Pair, **how: Any) -> Customer:
    return merge(customer=pair[0], into=pair[1], actor=SYSTEM, now=NOW, **how)


# --- who remains ----------------------------------------------------------------------------------------------------


def test_the_one_who_remains_keeps_the_own_values_and_takes_what_is_missing(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        assert lacking(*pair) == ["email", "birthday"]
        stays = join(pair)
        stays.refresh_from_db()
        assert (stays.name, stays.email, stays.phone) == ("J. Krueger", "jana@example.org", "+491511234567")
        assert (stays.birthday, stays.number, stays.public_id) == ("05-17", pair[1].number, pair[1].public_id)
        assert stays.enrolled_at == NOW - 9 * DAY


def test_each_value_can_be_chosen(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        stays = join(pair, take=["name", "phone"])
        stays.refresh_from_db()
        assert (stays.name, stays.name_key, stays.surname_key) == ("Jana Krüger", "jana kruger", "kruger")
        assert (stays.email, stays.phone, stays.birthday) == ("", "", "")


def test_the_one_who_goes_keeps_a_number_and_nothing_personal(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        join(pair)
        gone = Customer.objects.get(pk=pair[0].pk)
        assert (gone.status, gone.merged_into_id, gone.number) == ("merged", pair[1].pk, pair[0].number)
        assert all(getattr(gone, column) in ("", None) for column in Customer.PERSONAL)
        assert gone.language == ""


def test_number_cards_and_search_lead_to_who_remains_and_the_id_to_nobody(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        old_card = Card.objects.get(customer=pair[0])
        stays = join(pair)
        assert customer_by(number=pair[0].number) == customer_by_text(pair[0].number) == stays
        assert customer_by(card=old_card.text) == customer_by_text(old_card.text) == stays
        assert list(customers_matching(pair[0].number)) == [stays]
        assert list(customers_matching("jana@")) == [stays]
        with pytest.raises(UnknownCustomer):
            customer_by(id=str(pair[0].public_id))


def test_a_number_leads_on_through_several_merges_until_somebody_is_erased(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        last = make_customer(name="Third")
        join(pair)
        merge(customer=pair[1], into=last, actor=SYSTEM, now=NOW)
        assert customer_by(number=pair[0].number) == customer_by(number=pair[1].number) == last
        assert sorted(merged_into(last)) == sorted(customer.pk for customer in pair)
        erase(customer=last, actor=SYSTEM, now=NOW)
        with pytest.raises(UnknownCustomer):
            customer_by(number=pair[0].number)


@pytest.mark.parametrize("take", [[], ["external_id"]])
def test_both_external_ids_lead_to_who_remains_until_they_are_erased(shop: Shop, pair: Pair, take: list[str]) -> None:
    with shop.scope():
        for customer, reference in zip(pair, ("crm-1", "crm-2"), strict=True):
            change(customer=customer, actor=SYSTEM, now=NOW, external_id=reference)
        stays = join(pair, take=take)
        assert stays.external_id == ("crm-1" if take else "crm-2")
        last = make_customer(name="Third")
        remaining = stays
        for again in (False, True):
            if again:
                remaining = merge(customer=stays, into=last, actor=SYSTEM, now=NOW)
            assert customer_by(external_id="crm-1") == customer_by(external_id=" crm-2") == remaining
            assert customers_by("external_id", ["crm-1", "crm-2"]) == {"crm-1": remaining, "crm-2": remaining}
            with pytest.raises(CustomerExists) as refused:
                enrol(external_id="crm-1", source="api", actor=SYSTEM, now=NOW)
            assert refused.value.facts == {"customer": str(remaining.public_id)}
        held = {section.name: section.rows for section in sections_of(remaining)}["joined_with"]
        assert {row["number"] for row in held} == {customer.number for customer in pair}
        assert {remaining.external_id, *(row["external_id"] for row in held)} >= {"crm-1", "crm-2"}
        erase(customer=last, actor=SYSTEM, now=NOW)
        assert not Customer.objects.exclude(external_id="").exists()
        assert customers_by("external_id", ["crm-1"]) == customers_by("number", [pair[0].number]) == {}
        enrol(external_id="crm-1", source="api", actor=SYSTEM, now=NOW)


def test_an_external_id_that_leads_to_somebody_can_become_their_own(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        for customer, reference in zip(pair, ("crm-1", "crm-2"), strict=True):
            change(customer=customer, actor=SYSTEM, now=NOW, external_id=reference)
        stays = change(customer=join(pair), actor=SYSTEM, now=NOW, external_id="crm-1")
        assert customer_by(external_id="crm-1") == stays
        with pytest.raises(CustomerExists):
            change(customer=make_customer(), actor=SYSTEM, now=NOW, external_id="crm-1")


def test_a_file_finds_who_remains_by_the_external_id_of_who_went(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        for customer, reference in zip(pair, ("crm-1", "crm-2"), strict=True):
            change(customer=customer, actor=SYSTEM, now=NOW, external_id=reference)
        stays = join(pair)
        enrolled = enrol_all([Person(external_id="crm-1"), Person(external_id="crm-2")], source="import", now=NOW)
        assert enrolled.new == []
        assert enrolled.customers == {"crm-1": stays, "crm-2": stays}


def test_the_merge_is_an_event_of_who_remains_without_a_word_about_them(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        join(pair)
        event = Event.objects.get(name="customer.merged")
        assert event.customer_id == pair[1].pk
        assert event.payload == {"customer": pair[1].pk, "merged": pair[0].pk, "took": ["email", "birthday"]}


# --- refusals -------------------------------------------------------------------------------------------------------


def test_nobody_is_joined_with_themselves(shop: Shop, pair: Pair) -> None:
    with shop.scope(), pytest.raises(SameCustomer) as refused:
        merge(customer=pair[0], into=pair[0], actor=SYSTEM, now=NOW)
    assert refused.value.field == "into"


@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize("end", ["erased", "merged"])
def test_who_has_left_is_not_joined_with_anybody(shop: Shop, pair: Pair, who: int, end: str) -> None:
    with shop.scope():
        if end == "erased":
            erase(customer=pair[who], actor=SYSTEM, now=NOW)
        else:
            merge(customer=pair[who], into=make_customer(), actor=SYSTEM, now=NOW)
        with pytest.raises(UnknownCustomer) as refused:
            join(pair)
        assert refused.value.field == (None, "into")[who]


def test_nobody_is_joined_across_shops(shop: Shop, other_shop: Shop, pair: Pair) -> None:
    with other_shop.scope():
        elsewhere = make_customer(name="Jana Krüger", email="jana@example.org")
    with shop.scope():
        for two in ((pair[0], elsewhere), (elsewhere, pair[0])):
            with pytest.raises(UnknownCustomer):
                join(two)
        assert not Event.objects.filter(name="customer.merged").exists()
    with other_shop.scope():
        elsewhere.refresh_from_db()
        assert elsewhere.status == "active"
    with pytest.raises(TenantNotSet):
        join(pair)


def test_writes_refuse_who_has_been_joined(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        join(pair)
        for write in (
            lambda: change(customer=pair[0], actor=SYSTEM, now=NOW, name="Back"),
            lambda: erase(customer=pair[0], actor=SYSTEM, now=NOW),
            lambda: block(customer=pair[0], reason="other", actor=SYSTEM, now=NOW),
            lambda: notes.add_note(customer=pair[0], text="x", actor=SYSTEM, now=NOW),
            lambda: tags.add_tag(customer=pair[0], name="x", actor=SYSTEM),
            lambda: cards.issue_card(customer=pair[0], actor=SYSTEM, now=NOW),
        ):
            with pytest.raises(UnknownCustomer):
                write()


# --- what comes along -----------------------------------------------------------------------------------------------


def test_notes_and_tags_come_along_and_no_tag_twice(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        for customer, words in ((pair[0], ("regular", "nuts")), (pair[1], ("Regular", "window"))):
            notes.add_note(customer=customer, text=f"note of {customer.pk}", actor=SYSTEM, now=NOW, entry_seq=1)
            for word in words:
                tags.add_tag(customer=customer, name=word, actor=SYSTEM)
        join(pair)
        assert set(Note.objects.values_list("customer", "entry_seq")) == {(pair[1].pk, None), (pair[1].pk, 1)}
        held = CustomerTag.objects.order_by("tag__key").values_list("customer", "tag__name")
        assert list(held) == [(pair[1].pk, name) for name in ("nuts", "regular", "window")]


def test_of_two_acceptances_of_one_version_the_earlier_stays(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        texts = [
            publish_text(kind="terms", language="de", body=body, actor=SYSTEM, now=NOW) for body in ("1", "2", "3")
        ]
        for customer, text, days in (
            (pair[0], texts[0], 9),
            (pair[1], texts[0], 3),
            (pair[0], texts[1], 1),
            (pair[1], texts[1], 2),
            (pair[0], texts[2], 1),
        ):
            TermsAcceptance.objects.create(
                customer=customer, text=text, accepted_at=NOW - days * DAY, accepted_via="portal"
            )
        join(pair)
        kept = TermsAcceptance.objects.order_by("text_id").values_list("customer", "text_id", "accepted_at")
        assert list(kept) == [
            (pair[1].pk, text.pk, NOW - days * DAY) for text, days in zip(texts, (9, 2, 1), strict=True)
        ]


def test_nothing_of_a_claimed_address_stays_with_the_one_who_goes(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        for number, customer in enumerate(pair):
            for proven_at in (NOW, None):
                EmailClaim.objects.create(
                    customer=customer,
                    email=f"{number}@example.org",
                    token_hash=f"{number}{proven_at}",
                    claimed_at=NOW,
                    proven_at=proven_at,
                )
        join(pair)
        assert set(EmailClaim.objects.values_list("customer", flat=True)) == {pair[1].pk}
        assert EmailClaim.objects.get(proven_at=None).email == "1@example.org"


def test_an_address_stays_proven_with_whoever_has_it(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        Customer.objects.filter(pk=pair[0].pk).update(email_confirmed_at=NOW)
        stays = join(pair, take=["email"])
        stays.refresh_from_db()
        assert (stays.email, stays.email_confirmed_at) == ("jana@example.org", NOW)
        assert Customer.objects.get(pk=pair[0].pk).email_confirmed_at is None


def test_the_export_of_who_remains_has_the_bookings_of_both(shop: Shop, pair: Pair) -> None:
    with shop.scope():
        for customer in pair:
            make_purchase(customer=customer, total=1_000)
        stays = join(pair)
        sections = {section.name: section.rows for section in sections_of(stays)}
        assert len(sections["purchases"]) == 2
        assert sorted(row["kind"] for row in sections["bookings"]) == ["earn", "earn", "transfer", "transfer"]


@pytest.mark.parametrize("who", [0, 1])
def test_a_merge_lifts_no_block(shop: Shop, pair: Pair, who: int) -> None:
    with shop.scope():
        block(customer=pair[who], reason="misuse", actor=SYSTEM, now=NOW)
        stays = join(pair)
        stays.refresh_from_db()
        assert stays.status == "blocked"
        why = why_blocked(stays)
        assert why is not None
        assert why.payload["reason"] == "misuse"


@pytest.mark.parametrize("objected", [(1, None), (None, 1), (5, 2)])
def test_an_objection_to_figures_holds_for_both(
    shop: Shop, pair: Pair, objected: tuple[int | None, int | None]
) -> None:
    with shop.scope():
        for customer, days in zip(pair, objected, strict=True):
            at = NOW - days * DAY if days else None
            Customer.objects.filter(pk=customer.pk).update(scoring_objected_at=at)
        stays = join(pair)
        stays.refresh_from_db()
        assert stays.scoring_objected_at == NOW - max(days or 0 for days in objected) * DAY


# --- consents -------------------------------------------------------------------------------------------------------


def consent(
    customer: Customer,
    channel: str = "email",
    *,
    given: int | None = 5,
    taken_back: int | None = None,
    address: str = "",
) -> Consent:
    def ago(days: int | None) -> datetime | None:
        return None if days is None else NOW - days * DAY

    return Consent.objects.create(
        customer=customer,
        channel=channel,
        address=address or {"email": customer.email, "sms": customer.phone}.get(channel, ""),
        wording="I agree.",
        requested_at=NOW - 10 * DAY,
        confirmed_at=ago(given),
        withdrawn_at=ago(taken_back),
    )


def in_force() -> set[tuple[int, str, str]]:
    rows = Consent.objects.filter(confirmed_at__isnull=False, withdrawn_at=None)
    return {(row.customer_id, row.channel, row.address) for row in rows}


@pytest.fixture
def both(shop: Shop) -> Pair:
    """With an address each."""
    with shop.scope():
        return make_customer(email="old@example.org", phone="0151 111111"), make_customer(
            email="new@example.org", phone="0151 222222"
        )


def test_a_consent_stays_with_the_address_that_it_was_given_for(shop: Shop, both: Pair) -> None:
    gone, stays = both
    with shop.scope():
        consent(gone)
        consent(stays, "sms")
        assert [one.channel for one in consents_after(gone, stays, ["email"])] == ["email", "sms"]
        join(both, take=["email"])
        assert in_force() == {(stays.pk, "email", "old@example.org"), (stays.pk, "sms", stays.phone)}


def test_a_consent_for_an_address_that_goes_ends_and_remains_as_history(shop: Shop, both: Pair) -> None:
    gone, stays = both
    with shop.scope():
        consent(gone)
        consent(stays, "sms")
        assert consents_after(gone, stays, ["phone"]) == []
        join(both, take=["phone"])
        assert in_force() == set()
        ended = Consent.objects.get(channel="email")
        assert (ended.customer_id, ended.withdrawn_at, ended.withdrawn_via) == (stays.pk, NOW, "merge")
        assert (ended.wording, ended.address) == ("I agree.", "old@example.org")


def test_of_two_consents_on_a_channel_the_one_for_the_remaining_address_stays(shop: Shop, both: Pair) -> None:
    gone, stays = both
    with shop.scope():
        consent(gone)
        consent(stays)
        join(both)
        assert in_force() == {(stays.pk, "email", "new@example.org")}


@pytest.mark.parametrize(("taken_back", "holds"), [(2, False), (5, False), (7, True)])
def test_the_last_word_on_a_channel_counts_on_whichever_row_it_was_said(
    shop: Shop, both: Pair, taken_back: int, holds: bool
) -> None:
    gone, stays = both
    with shop.scope():
        consent(gone, given=5)
        consent(stays, given=8, taken_back=taken_back)
        join(both, take=["email"])
        assert in_force() == ({(stays.pk, "email", "old@example.org")} if holds else set())


def test_what_was_only_asked_for_is_not_given_by_a_merge(shop: Shop, both: Pair) -> None:
    gone, stays = both
    with shop.scope():
        consent(gone, given=None)
        consent(stays, "post", given=None)
        consent(gone, "post", given=5)
        join(both, take=["email"])
        assert in_force() == {(stays.pk, "post", "")}
        waiting = Consent.objects.get(channel="email")
        assert (waiting.customer_id, waiting.confirmed_at, waiting.withdrawn_at) == (stays.pk, None, None)


def test_no_mix_of_consents_ever_permits_more_than_before(shop: Shop) -> None:
    """Every combination of states on both rows and of the value that wins."""
    states: list[tuple[int | None, int | None] | None] = [None, (None, None), (5, None), (5, 3), (2, None), (9, 1)]
    with shop.scope():
        for first in states:
            for second in states:
                for take in ([], ["email"]):
                    Consent.objects.all().delete()
                    Customer.objects.update(email="")
                    two = make_customer(email="old@example.org"), make_customer(email="new@example.org")
                    for customer, state in zip(two, (first, second), strict=True):
                        if state:
                            consent(customer, given=state[0], taken_back=state[1])
                    permitted = {address for _, _, address in in_force()}
                    join(two, take=take)
                    assert {address for _, _, address in in_force()} <= permitted
                    assert len(in_force()) <= 1
