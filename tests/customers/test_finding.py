"""Finding a customer by whatever they carry or say, in the own shop and nowhere else."""

import uuid

import pytest

from customers import services
from customers.errors import UnknownCustomer
from customers.models import Card, Customer
from customers.queries import active_card, customer_by, customer_by_text, customers_matching
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def jana(shops: tuple[Shop, Shop]) -> Customer:
    """Jana in the first shop; her namesake in the second one shares all that people can share."""
    made = []
    for shop in shops:
        with shop.scope():
            made.append(
                services.enrol(
                    name="Jana Krüger",
                    email="jana@example.org",
                    phone="0151 23456789",
                    external_id="crm-4711",
                    source="test",
                    actor=SYSTEM,
                    now=NOW,
                )
            )
    return made[0]


def card_of(customer: Customer) -> Card:
    card = active_card(customer)
    assert card is not None
    return card


def names(text: str) -> list[str]:
    return sorted(customers_matching(text).values_list("name", flat=True))


# --- One reference --------------------------------------------------------------------------------------------------


def test_each_reference_finds_its_customer_in_the_own_shop_only(shops: tuple[Shop, Shop], jana: Customer) -> None:
    with shops[0].scope():
        shared = {"email": " JANA@example.org", "phone": "+49 151 23456789", "external_id": " crm-4711"}
        own = {"id": str(jana.public_id), "number": f" {jana.number} ", "card": card_of(jana).text.lower()}
        for kind, value in (shared | own).items():
            assert customer_by(**{kind: value}) == jana, kind
    with shops[1].scope():
        for kind, value in shared.items():
            assert customer_by(**{kind: value}) != jana, kind
        for kind, value in own.items():
            with pytest.raises(UnknownCustomer) as refused:
                customer_by(**{kind: value})
            assert (refused.value.field, refused.value.status) == (kind, 404)


@pytest.mark.parametrize("kind", ["id", "number", "card", "email", "phone", "external_id"])
def test_an_empty_reference_finds_nobody(shop: Shop, kind: str) -> None:
    """Not even the many customers of whom that is not known."""
    with shop.scope():
        make_customer(name="Known by nothing")
        with pytest.raises(UnknownCustomer):
            customer_by(**{kind: " "})


@pytest.mark.parametrize("value", ["x", str(uuid.UUID(int=0)), "' OR 1=1"])
def test_an_id_that_is_none_finds_nobody(shop: Shop, value: str) -> None:
    with shop.scope(), pytest.raises(UnknownCustomer):
        customer_by(id=value)


def test_a_revoked_card_finds_nobody(shops: tuple[Shop, Shop], jana: Customer) -> None:
    with shops[0].scope():
        card = card_of(jana)
        Card.objects.update(revoked_at=NOW)
        with pytest.raises(UnknownCustomer):
            customer_by(card=card.token)
        replacement = Card.objects.create(customer=jana, token="ABCDEFGHJKLM", issued_at=NOW)
        assert customer_by(card="abcd-efgh-jklm") == jana
        assert active_card(jana) == replacement


def test_there_are_no_other_kinds_of_reference(shop: Shop) -> None:
    with shop.scope(), pytest.raises(TypeError):
        customer_by(name="Jana")


# --- What a cashier scans or types ----------------------------------------------------------------------------------


def test_a_cashier_may_scan_or_type_anything_the_customer_has(shops: tuple[Shop, Shop], jana: Customer) -> None:
    with shops[0].scope():
        card = card_of(jana)
        number = jana.number
        for text in (
            number,
            f"{number[:3]} {number[3:6]} {number[6:]}",
            card.text,
            card.token.lower(),
            f" {card.text} ",
            "jana@example.org",
            "JANA@EXAMPLE.ORG",
            "0151 23456789",
            "+4915123456789",
        ):
            assert customer_by_text(text) == jana, text


@pytest.mark.parametrize(
    "text", ["", " ", "x", "jana@", "@", "123456789", "0", "Krüger", "' OR 1=1", "-" * 12, "é" * 300]
)
def test_whatever_else_is_typed_finds_nobody(shops: tuple[Shop, Shop], jana: Customer, text: str) -> None:
    with shops[0].scope(), pytest.raises(UnknownCustomer) as refused:
        customer_by_text(text)
    assert refused.value.field == "q"


def test_a_phone_number_that_looks_like_a_customer_number_is_still_a_phone_number(shop: Shop) -> None:
    with shop.scope():
        tom = make_customer(name="Tom", phone="030123455")
        assert customer_by_text("030123455") == tom


# --- The search box -------------------------------------------------------------------------------------------------


@pytest.fixture
def people(shops: tuple[Shop, Shop]) -> None:
    for shop in shops:
        with shop.scope():
            for name in ("Jana Krüger", "Jan Kruse", "Özlem Kaya", "Ingrid Groß", "Maria von der Heide"):
                email = f"{name.split()[0].lower()}@example.org".encode("ascii", "ignore").decode()
                make_customer(name=name, email=email)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("jan", ["Jan Kruse", "Jana Krüger"]),
        ("JANA", ["Jana Krüger"]),
        ("jana kr", ["Jana Krüger"]),
        ("kru", ["Jan Kruse", "Jana Krüger"]),
        ("krü", ["Jan Kruse", "Jana Krüger"]),
        ("KRÜG", ["Jana Krüger"]),
        ("kruger", ["Jana Krüger"]),
        ("ö", ["Özlem Kaya"]),
        ("oz", ["Özlem Kaya"]),
        ("gross", ["Ingrid Groß"]),
        ("GROSS", ["Ingrid Groß"]),
        ("groß", ["Ingrid Groß"]),
        ("heide", ["Maria von der Heide"]),
        ("maria von", ["Maria von der Heide"]),
        (" jana@ ", ["Jana Krüger"]),
        ("Jana@Example.org", ["Jana Krüger"]),
        ("ana", []),
        ("rüger", []),
        ("%", []),
        ("_", []),
        ("jana%", []),
        ("\\", []),
        ("' OR 1=1 --", []),
        ("ja" * 500, []),
        ("\N{OLD ITALIC LETTER A}", []),
        ("\U0010fffd", []),
    ],
)
def test_the_beginning_of_a_name_surname_or_address_finds_people(
    shop: Shop, people: None, text: str, found: list[str]
) -> None:
    with shop.scope():
        assert names(text) == found


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_search_shows_everybody(shop: Shop, people: None, text: str) -> None:
    with shop.scope():
        assert len(names(text)) == 5


def test_number_card_and_phone_are_found_as_a_whole(shops: tuple[Shop, Shop], jana: Customer) -> None:
    with shops[0].scope():
        card = card_of(jana)
        for text in (jana.number, f"{jana.number[:4]} {jana.number[4:]}", card.text, card.token, "0151 23456789"):
            assert list(customers_matching(text)) == [jana], text
        assert names(jana.number[:5]) == []
    with shops[1].scope():
        assert names(jana.number) == names(card.text) == []


@pytest.mark.parametrize("text", ["Mueller", "müller", "MULLER", "Jörg  Mü", "joerg mue"])
def test_the_spelling_of_an_umlaut_does_not_matter(shop: Shop, text: str) -> None:
    with shop.scope():
        joerg = make_customer(name="Jörg Müller")
        make_customer(name="Jana Moll")
        assert list(customers_matching(text)) == [joerg]
