"""Customers, opening balances and products: what is new comes in, what is known stays, what is wrong is named."""

from datetime import date

import pytest

from customers.models import Card, Consent, Customer, CustomerTag, Tag
from customers.queries import active_card, customer_by
from imports.kinds.customers import consent_columns
from imports.models import OpeningBalance
from ledger.models import Account, Entry, Lot
from ledger.queries import account_of, unsound_accounts
from programs.models import Product
from tests.factories import Shop, change_rules, make_customer
from tests.imports.desk import Desk, counts

PEOPLE = "Kundennummer;Vorname;Nachname;E-Mail;Telefon;Geburtstag;Sprache;Tags;Newsletter"


def test_customers_are_enrolled_with_everything_the_list_says(desk: Desk, other_shop: Shop) -> None:
    source = desk.bring(
        "customers",
        PEOPLE,
        "1001;Jana;Krüger;Jana@Example.org;0151 2345678;17.04.1990;deutsch;Stammgast, Hafermilch;ja",
        "1002;Ole;Ødegård;;+47 22 12 34 56;29.02.;en;stammgast;nein",
        ";;Müller;mueller@example.org;;;;;",
    )
    assert (source.step, source.state, counts(source), source.customers) == ("import", "done", (3, 3, 0, 0), 3)
    with desk.shop.scope():
        by_name = {customer.name: customer for customer in Customer.objects.all()}
        jana = by_name["Jana Krüger"]
        assert (jana.external_id, jana.email, jana.phone) == ("1001", "jana@example.org", "+491512345678")
        assert (jana.birthday, jana.language, jana.source, jana.import_id) == ("04-17", "de", "import", source.pk)
        assert (by_name["Ole Ødegård"].phone, by_name["Ole Ødegård"].birthday) == ("+4722123456", "02-29")
        assert by_name["Müller"].surname_key
        assert Card.objects.count() == Account.objects.count() == 3
        assert active_card(jana) is not None
        assert sorted(Tag.objects.values_list("name", flat=True)) == ["Hafermilch", "Stammgast"]
        assert CustomerTag.objects.count() == 3
        assert not Consent.objects.exists()
    with other_shop.scope():
        assert not Customer.objects.exists()


def test_a_list_read_again_adds_only_who_is_new(desk: Desk) -> None:
    rows = ["1;Jana;j@example.org;0151 2345678", "2;Ole;;", "3;Cem;c@example.org;"]
    header = "Kundennummer;Name;E-Mail;Telefon"
    assert counts(desk.bring("customers", header, *rows[:1])) == (1, 1, 0, 0)
    assert counts(desk.bring("customers", header, *rows)) == (3, 2, 1, 0)
    assert counts(desk.bring("customers", header, *reversed(rows))) == (3, 0, 3, 0)


def test_known_customers_are_recognised_by_any_reference_and_stay_as_they_are(desk: Desk) -> None:
    with desk.shop.scope():
        jana = make_customer(name="Jana Krüger", email="jana@example.org", phone="0151 2345678")
        ole = make_customer(name="Ole")
    source = desk.bring(
        "customers",
        "Number;Kundennummer;Name;E-Mail;Telefon",
        ";7;J. K.;JANA@example.org;",
        f"{ole.number};;Olaf;;",
        ";;Somebody;;+49 151 2345678",
    )
    assert counts(source) == (3, 0, 3, 0)
    with desk.shop.scope():
        jana.refresh_from_db()
        ole.refresh_from_db()
        assert (jana.name, jana.external_id, ole.name) == ("Jana Krüger", "7", "Ole")
        assert customer_by(external_id="7") == jana


GOOD = {
    "Number": "",
    "Kundennummer": "A1",
    "Name": "Ada",
    "E-Mail": "ada@example.org",
    "Telefon": "",
    "Geburtstag": "",
    "Sprache": "",
    "Tags": "",
}


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"E-Mail": "ada@"}, "e-mail"),
        ({"Telefon": "none"}, "phone"),
        ({"Geburtstag": "31.02.1990"}, "not a date"),
        ({"Geburtstag": "32.13."}, "MM-DD"),
        ({"Sprache": "Klingon"}, "not German or English"),
        ({"Tags": "t" * 41}, "longer than 40"),
        ({"Tags": ",".join(f"tag{number}" for number in range(21))}, "at most 20 tags"),
        ({"Name": "n" * 121}, "longer than 120"),
        ({"Kundennummer": "9" * 81}, "longer than 80"),
        ({"Number": "123456789"}, "not a number that is given here"),
        ({"Number": "123456782", "Kundennummer": "", "E-Mail": ""}, "Nobody has the number"),
        ({"Kundennummer": "", "Name": "", "E-Mail": "", "Tags": "x"}, "names nobody"),
        ({"E-Mail": "jana@example.org", "Telefon": "0151 2345678"}, "different customers"),
        ({"Kundennummer": "B2", "E-Mail": "linked@example.org"}, "different customers"),
        ({"Kundennummer": "A0"}, "line 2 already"),
        ({"E-Mail": "FIRST@example.org"}, "line 2 already"),
    ],
)
def test_a_bad_row_is_refused_with_the_reason(desk: Desk, values: dict[str, str], complaint: str) -> None:
    with desk.shop.scope():
        make_customer(name="Jana", email="jana@example.org")
        make_customer(name="Ole", phone="0151 2345678")
        linked = make_customer(name="Linked", email="linked@example.org")
        Customer.objects.filter(pk=linked.pk).update(external_id="L1")
    first = GOOD | {"Kundennummer": "A0", "E-Mail": "first@example.org"}
    lines = [";".join(row.values()) for row in (first, GOOD | values)]
    source = desk.bring("customers", ";".join(GOOD), *lines)
    assert counts(source) == (2, 1, 0, 1)
    assert complaint in desk.refused(source)[3]


def test_columns_that_look_like_permissions_are_named(desk: Desk) -> None:
    header = ["Name", "Newsletter", "Werbe-Einwilligung", "Opt-In E-Mail", "E-Mail", "Marketing ok?"]
    assert consent_columns(header) == ["Newsletter", "Werbe-Einwilligung", "Opt-In E-Mail", "Marketing ok?"]


# --- Opening balances -----------------------------------------------------------------------------------------------


def test_balances_find_customers_by_number_card_and_email(desk: Desk) -> None:
    with desk.shop.scope():
        people = [make_customer(name=name) for name in ("Ada", "Ben", "Cem", "Dora")]
        Customer.objects.filter(pk=people[0].pk).update(external_id="K-1")
        Customer.objects.filter(pk=people[3].pk).update(email="dora@example.org")
        card = active_card(people[1])
        assert card is not None
    source = desk.bring(
        "balances",
        "Kunde;Punkte;Gültig bis",
        "K-1;1.240;",
        f"{card.text.lower()};50;31.12.2026",
        f"{people[2].number};7;2027-06-30",
        "Dora@Example.org;0;",
        "dora@example.org;12,00;",
    )
    assert (counts(source), source.points) == ((5, 4, 1, 0), 1240 + 50 + 7 + 12)
    with desk.shop.scope():
        assert [account_of(person).balance for person in people] == [1240, 50, 7, 12]
        entry = Entry.objects.get(account=account_of(people[1]))
        assert (entry.kind, entry.points, entry.actor) == ("opening", 50, "member:1")
        assert Account.objects.filter(qualifying_points__gt=0).count() == 0
        lot = Lot.objects.get(account=account_of(people[1]))
        assert lot.expires_at is not None
        assert lot.expires_at.astimezone(desk.shop.tenant.zone).isoformat() == "2027-01-01T00:00:00+01:00"
        assert Lot.objects.get(account=account_of(people[0])).expires_at is None
        assert unsound_accounts() == {}


def test_without_a_date_the_programme_says_how_long_points_last(desk: Desk) -> None:
    with desk.shop.scope():
        change_rules(expiry_months=12)
        make_customer(email="ada@example.org")
    desk.bring("balances", "email;points", "ada@example.org;100")
    with desk.shop.scope():
        lot = Lot.objects.get()
        assert lot.expires_at is not None
        assert lot.expires_at.astimezone(desk.shop.tenant.zone).isoformat() == "2028-01-01T00:00:00+01:00"


def test_a_balance_comes_once_for_each_date_however_the_customer_is_named(desk: Desk) -> None:
    with desk.shop.scope():
        ada = make_customer(email="ada@example.org")
    header = "customer;points;expires_on"
    rows = ("ada@example.org;100;31.12.2026", "ada@example.org;100;31.12.2026", "ada@example.org;30;30.06.2027")
    first = desk.bring("balances", header, *rows)
    assert counts(first) == (3, 2, 1, 0)
    second = desk.bring("balances", header, f"{ada.number};100;2026-12-31", f"{ada.number};150;31.12.2026")
    assert counts(second) == (2, 0, 1, 1)
    assert "100 points" in desk.refused(second)[3]
    with desk.shop.scope():
        assert account_of(ada).balance == 130
        assert sorted(OpeningBalance.objects.values_list("points", "expires_on", "line")) == [
            (30, date(2027, 6, 30), 4),
            (100, date(2026, 12, 31), 2),
        ]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("nobody@example.org;10;", "Import the customers first"),
        (";10;", "customer is missing"),
        ("ada@example.org;;", "points are missing"),
        ("ada@example.org;-10;", "not a whole number"),
        ("ada@example.org;10,5;", "not a whole number"),
        ("ada@example.org;9999999999;", "too many points"),
        ("ada@example.org;10;31.12.2025", "expired already"),
        ("ada@example.org;10;bald", "not a date"),
        ("blocked@example.org;10;", "blocked"),
    ],
)
def test_a_bad_balance_is_refused_with_the_reason(desk: Desk, row: str, complaint: str) -> None:
    with desk.shop.scope():
        make_customer(email="ada@example.org")
        blocked = make_customer(email="blocked@example.org")
        Customer.objects.filter(pk=blocked.pk).update(status="blocked")
    source = desk.bring("balances", "customer;points;expires_on", row)
    assert counts(source) == (1, 0, 0, 1)
    assert complaint in desk.refused(source)[2]


# --- Products -------------------------------------------------------------------------------------------------------


def test_products_come_in_once_and_known_ones_stay(desk: Desk, other_desk: Desk) -> None:
    header = "Artikelnummer;Bezeichnung;Warengruppe"
    first = desk.bring(
        "products", header, "1;Cappuccino;Getränke", "2;Croissant;", "1;Espresso;Getränke", "3;;x", ";y;"
    )
    assert counts(first) == (5, 2, 0, 3)
    assert desk.refused(first) == {
        4: "The same product number stands in line 2 already.",
        5: "The name is missing.",
        6: "The product number is missing.",
    }
    second = desk.bring("products", header, "1;Cappuccino groß;", "4;Tee;Getränke")
    assert counts(second) == (2, 1, 1, 0)
    with desk.shop.scope():
        assert list(Product.objects.order_by("sku").values_list("sku", "name", "category", "import_id")) == [
            ("1", "Cappuccino", "Getränke", first.pk),
            ("2", "Croissant", "", first.pk),
            ("4", "Tee", "Getränke", second.pk),
        ]
    assert counts(other_desk.bring("products", header, "1;Haarschnitt;")) == (1, 1, 0, 0)
