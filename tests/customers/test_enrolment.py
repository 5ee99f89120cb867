"""Enrolling, changing and forgetting customers; nobody is enrolled twice, and nobody forgotten by halves."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from customers import numbers, services
from customers.bulk import Person, enrol_all
from customers.contact import search_key
from customers.errors import CustomerExists, UnknownCustomer
from customers.models import Card, Consent, Customer
from customers.numbers import is_number
from customers.queries import active_card, active_cards, customer_by, customers_matching
from events.models import Event
from tenants.errors import Invalid, TenantNotSet
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_purchase
from tests.tenants.laboratory import rows
from tests.tenants.threads import in_threads

pytestmark = pytest.mark.django_db
PERSONAL = {
    "name": "Jana Krüger",
    "email": "Jana.Krueger@Example.org",
    "phone": "0151 23456789",
    "birthday": "02-29",
    "external_id": "crm-4711",
}


def enrol(**values: Any) -> Customer:
    return services.enrol(source="test", actor=SYSTEM, now=NOW, **values)


# --- Enrolling ------------------------------------------------------------------------------------------------------


def test_a_new_customer_has_number_card_and_normal_spelling(shop: Shop) -> None:
    with shop.scope():
        enrol(**PERSONAL, language="de", consents=["sms", "email", "email"])
        jana = Customer.objects.get()
        assert is_number(jana.number)
        assert (jana.name, jana.email, jana.phone) == ("Jana Krüger", "jana.krueger@example.org", "+4915123456789")
        assert (jana.birthday, jana.external_id, jana.source) == ("02-29", "crm-4711", "test")
        assert (jana.name_key, jana.surname_key) == ("jana kruger", "kruger")
        card = active_card(jana)
        assert card is not None
        assert active_cards([jana]) == {jana.pk: card}
        assert card.text == f"{card.token[:4]}-{card.token[4:8]}-{card.token[8:]}"


def test_consents_are_requested_and_not_yet_given(shop: Shop) -> None:
    with shop.scope():
        enrol(name="Jana", consents=["sms", "email", "email"])
        consents = list(Consent.objects.order_by("channel").values_list("channel", "requested_at", "confirmed_at"))
        assert consents == [("email", NOW, None), ("sms", NOW, None)]
        with pytest.raises(IntegrityError), transaction.atomic():
            enrol(name="Tom", consents=["fax"])


def test_a_customer_may_be_known_by_nothing_but_the_card(shop: Shop) -> None:
    with shop.scope():
        assert len({enrol().number for _ in range(3)}) == 3


def test_enrolling_is_announced_without_anything_personal(shop: Shop) -> None:
    with shop.scope():
        jana = enrol(**PERSONAL)
        event = Event.objects.get(name="customer.enrolled")
        assert event.payload == {"customer": jana.pk, "source": "test"}


def test_nobody_is_enrolled_outside_a_shop(db: None) -> None:
    with pytest.raises(TenantNotSet):
        enrol(name="Jana")


@pytest.mark.parametrize(
    ("field", "value"), [("email", "jana@"), ("phone", "1"), ("birthday", "02-30"), ("birthday", "29.02.")]
)
def test_a_value_that_is_none_enrols_nobody(shop: Shop, field: str, value: str) -> None:
    with shop.scope():
        with pytest.raises(Invalid) as refused:
            enrol(**PERSONAL | {field: value})
        assert refused.value.field == field
        assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("field", "again"),
    [("email", " JANA.krueger@example.ORG "), ("phone", "+49 151 2345-6789"), ("external_id", " crm-4711 ")],
)
def test_nobody_is_enrolled_twice_however_it_is_spelled(shops: tuple[Shop, Shop], field: str, again: str) -> None:
    with shops[0].scope():
        jana = enrol(**PERSONAL)
        with pytest.raises(CustomerExists) as refused:
            enrol(name="Somebody else", **{field: again})
        assert (refused.value.field, refused.value.facts) == (field, {"customer": str(jana.public_id)})
        assert Customer.objects.count() == Card.objects.count() == 1
    with shops[1].scope():
        assert enrol(**PERSONAL).pk != jana.pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("field", ["email", "phone", "external_id"])
def test_of_two_who_enrol_at_once_one_is_told_of_the_other(shop: Shop, field: str) -> None:
    def enrol_one(_: int) -> str:
        with shop.scope():
            return str(enrol(**{field: PERSONAL[field]}).public_id)

    outcomes = in_threads(4, enrol_one)
    (enrolled,) = [outcome for outcome in outcomes if isinstance(outcome, str)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, CustomerExists)]
    assert [(refusal.field, refusal.facts["customer"]) for refusal in refused] == [(field, enrolled)] * 3
    with shop.scope():
        assert Customer.objects.count() == Card.objects.count() == 1


@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=40))
def test_any_name_can_be_enrolled_and_found_again(shop: Shop, name: str) -> None:
    with shop.scope(), transaction.atomic():
        enrol(name=name)
        stored = Customer.objects.latest("pk")
        # A lone accent leaves nothing to search for.
        for typed in (stored.name, stored.name[:3]):
            assert not search_key(typed) or stored in customers_matching(typed)


# --- Changing -------------------------------------------------------------------------------------------------------


def test_a_change_touches_what_it_names_and_says_what_that_was(shop: Shop) -> None:
    with shop.scope():
        jana = enrol(**PERSONAL)
        services.change(customer=jana, actor=SYSTEM, now=NOW, name="Jana  Groß", birthday="")
        jana = Customer.objects.get()
        assert (jana.name, jana.name_key, jana.surname_key) == ("Jana Groß", "jana gross", "gross")
        assert (jana.birthday, jana.email) == ("", "jana.krueger@example.org")
        assert Event.objects.get(name="customer.changed").payload == {
            "customer": jana.pk,
            "fields": ["birthday", "name"],
        }


def test_a_change_cannot_take_another_customer_s_address(shop: Shop) -> None:
    with shop.scope():
        jana = enrol(**PERSONAL)
        tom = enrol(name="Tom")
        with pytest.raises(CustomerExists) as refused:
            services.change(customer=tom, actor=SYSTEM, now=NOW, email="jana.krueger@example.org")
        assert refused.value.facts == {"customer": str(jana.public_id)}
        tom.refresh_from_db()
        assert tom.email == ""


def test_keeping_one_s_own_address_is_no_duplicate(shop: Shop) -> None:
    with shop.scope():
        jana = enrol(**PERSONAL)
        services.change(customer=jana, actor=SYSTEM, now=NOW, email=PERSONAL["email"], phone=PERSONAL["phone"])


def test_only_known_fields_can_be_changed(shop: Shop) -> None:
    with shop.scope():
        jana = enrol(**PERSONAL)
        with pytest.raises(TypeError):
            services.change(customer=jana, actor=SYSTEM, now=NOW, status="blocked")


# --- Forgetting -----------------------------------------------------------------------------------------------------


def everything_kept_about(customer: Customer) -> str:
    """Every row of the customers' tables and of the audit log that names this customer, as text."""
    tables = ("customers_customer", "customers_card", "customers_consent")
    kept = [
        rows(
            f"SELECT t::text FROM {table} AS t WHERE t.{'id' if table.endswith('customer') else 'customer_id'} = %s",
            customer.pk,
        )
        for table in tables
    ]
    return str(kept) + str(list(Event.objects.values_list("payload", flat=True)))


def test_erasing_leaves_nothing_personal(shop: Shop) -> None:
    with shop.scope():
        jana = enrol(**PERSONAL, language="de", consents=["email"])
        make_purchase(customer=jana)
        pieces = ["Jana", "jana", "Kr", "kruger", "example", "151", "23456789", "crm", "4711"]
        assert all(piece in everything_kept_about(jana) for piece in pieces)
        services.erase(customer=jana, actor=SYSTEM, now=NOW)
        kept = everything_kept_about(jana)
        # The number, the card's token and moments are no longer anybody's; a digit run in them proves nothing.
        assert [piece for piece in pieces if piece in kept and not piece.isdigit()] == []
        erased = Customer.objects.get()
        personal = (erased.name, erased.name_key, erased.surname_key, erased.email, erased.phone, erased.external_id)
        assert personal == ("",) * 6
        assert (erased.birth_month, erased.birth_day, erased.language) == (None, None, "")
        assert erased.status == Customer.Status.ERASED
        assert not Consent.objects.exists()


def test_an_erased_customer_is_not_found_by_anything(shop: Shop) -> None:
    with shop.scope():
        jana = enrol(**PERSONAL)
        card = active_card(jana)
        assert card is not None
        services.erase(customer=jana, actor=SYSTEM, now=NOW)
        references = {
            "id": str(jana.public_id),
            "number": jana.number,
            "card": card.token,
            "email": PERSONAL["email"],
            "phone": PERSONAL["phone"],
            "external_id": PERSONAL["external_id"],
        }
        for kind, value in references.items():
            with pytest.raises(UnknownCustomer):
                customer_by(**{kind: value})
        assert active_card(jana) is None
        assert not customers_matching("").exists()
        assert not customers_matching("kru").exists()
        assert not customers_matching(jana.number).exists()


def test_an_erased_person_may_enrol_again_as_somebody_new(shop: Shop) -> None:
    with shop.scope():
        jana = enrol(**PERSONAL)
        services.erase(customer=jana, actor=SYSTEM, now=NOW)
        again = enrol(**PERSONAL)
        assert (again.pk, again.number) != (jana.pk, jana.number)


def test_erasing_forgets_nobody_in_another_shop(shops: tuple[Shop, Shop]) -> None:
    for shop in shops:
        with shop.scope():
            enrol(**PERSONAL)
    with shops[0].scope():
        services.erase(customer=Customer.objects.get(), actor=SYSTEM, now=NOW)
    with shops[1].scope():
        assert customer_by(email=PERSONAL["email"]).name == "Jana Krüger"


# --- What others may see --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "masked", "initials", "first"),
    [
        ("Jana Krüger", "Jana K.", "JK", "Jana"),
        ("Jana", "Jana", "J", "Jana"),
        ("Jana von der Heide", "Jana H.", "JH", "Jana"),
        ("", "", "", ""),
    ],
)
def test_staff_see_the_first_name_and_an_initial(name: str, masked: str, initials: str, first: str) -> None:
    customer = Customer(name=name)
    assert (customer.masked_name, customer.initials, customer.first_name) == (masked, initials, first)


def test_an_address_is_masked_but_for_its_first_letter_and_host() -> None:
    assert Customer(email="jana@example.org").email_masked == "j•••@example.org"
    assert Customer(email="").email_masked == ""


def test_a_customer_prints_without_anything_personal(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer(name="Jana Krüger", email="jana@example.org")
        assert str(jana) == f"customer {jana.number}"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE customers_customer SET birth_month = 13, birth_day = 1",
        "UPDATE customers_customer SET birth_month = 1, birth_day = 32",
        "UPDATE customers_customer SET status = 'deleted'",
    ],
)
def test_the_database_refuses_what_no_service_would_write(shop: Shop, statement: str) -> None:
    with shop.scope():
        make_customer()
        with pytest.raises(IntegrityError), transaction.atomic():
            rows(statement)


def test_search_keys_are_kept_with_the_name(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer(name="Zoë Ångström-Groß")
        assert jana.name_key == search_key("Zoë Ångström-Groß") == "zo angstrom-gross"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 121),
        ("email", "a" * 64 + "@" + "b" * 190 + ".example"),
        ("phone", "+49 151 123456789012"),
        ("external_id", "x" * 81),
    ],
)
def test_a_value_that_does_not_fit_is_refused_at_its_field(shop: Shop, field: str, value: str) -> None:
    with shop.scope(), pytest.raises(Invalid) as refusal:
        services.enrol(source="test", actor=SYSTEM, now=NOW, **{field: value})
    assert refusal.value.field == field


def test_a_name_whose_key_grows_beyond_its_column_is_kept(shop: Shop) -> None:
    with shop.scope():
        assert len(make_customer(name="\ufdfa" * 100).name_key) == 240


def test_a_number_that_is_taken_is_drawn_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop.scope():
        taken = make_customer().number
        drawn = iter([taken, taken, "100000009"])
        monkeypatch.setattr(services, "new_number", lambda: next(drawn))
        assert make_customer().number == "100000009"


def test_two_strangers_of_a_file_never_share_a_number(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would be one customer, with the purchases of both."""
    with shop.scope():
        taken = make_customer().number
        drawn = iter(["100000009", "100000009", taken, "100000017", "100000025"])
        monkeypatch.setattr(numbers, "new_number", lambda: next(drawn))
        people = [Person(external_id=external_id) for external_id in ("A", "B", "C")]
        enrolled = enrol_all(people, source="test", now=NOW)
        found = {external_id: customer.number for external_id, customer in enrolled.customers.items()}
        assert found == {"A": "100000009", "B": "100000025", "C": "100000017"}
        assert len({customer.pk for customer in enrolled.new}) == 3


def test_a_change_that_read_the_customer_before_the_erasure_does_not_bring_anything_back(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer(email="jana@example.org")
        stale = Customer.objects.get(pk=jana.pk)
        services.erase(customer=jana, actor=SYSTEM, now=NOW)
        with pytest.raises(UnknownCustomer):
            services.change(customer=stale, actor=SYSTEM, now=NOW, phone="0151 1234567")
        erased = Customer.objects.get(pk=jana.pk)
        assert (erased.status, erased.email, erased.phone) == ("erased", "", "")


def test_two_changes_of_different_values_both_stay(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        first, second = Customer.objects.get(pk=jana.pk), Customer.objects.get(pk=jana.pk)
        services.change(customer=first, actor=SYSTEM, now=NOW, phone="0151 1234567")
        services.change(customer=second, actor=SYSTEM, now=NOW, name="Jana Weber")
        jana.refresh_from_db()
        assert (jana.phone, jana.name) == ("+491511234567", "Jana Weber")
