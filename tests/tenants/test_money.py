"""Money goes in and out exactly, in every currency, and what is no amount is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.errors import Invalid
from tenants.money import MAX_MINOR, decimal_amount, known_currency, minor_units, typed_amount

CURRENCIES = {"EUR": 2, "CHF": 2, "JPY": 0, "KWD": 3}
currencies = st.sampled_from(sorted(CURRENCIES))
minors = st.integers(min_value=0, max_value=MAX_MINOR)


@given(minor=minors, currency=currencies)
def test_what_goes_in_comes_out(minor: int, currency: str) -> None:
    amount = decimal_amount(minor, currency=currency)
    assert minor_units(amount, currency=currency) == minor
    assert -amount.as_tuple().exponent == CURRENCIES[currency] or minor == 0  # type: ignore[operator]


@given(minor=minors, currency=currencies, decimal_mark=st.sampled_from(",."), grouped=st.booleans())
def test_an_amount_may_be_typed_the_german_and_the_english_way(
    minor: int, currency: str, decimal_mark: str, grouped: bool
) -> None:
    places = CURRENCIES[currency]
    text = f"{decimal_amount(minor, currency=currency):{',' if grouped and places else ''}.{places}f}"
    if decimal_mark == ",":
        text = text.translate(str.maketrans(",.", ".,"))
    assert typed_amount(text, currency=currency) == minor


@given(amount=st.decimals(allow_nan=True, allow_infinity=True), currency=currencies)
def test_any_decimal_is_converted_exactly_or_refused(amount: Decimal, currency: str) -> None:
    try:
        minor = minor_units(amount, currency=currency)
    except Invalid:
        return
    assert decimal_amount(minor, currency=currency) == amount
    assert 0 <= minor <= MAX_MINOR


@given(text=st.text(max_size=20), currency=currencies)
def test_any_text_is_an_amount_or_refused(text: str, currency: str) -> None:
    try:
        assert 0 <= typed_amount(text, currency=currency) <= MAX_MINOR
    except Invalid:
        pass


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("24,9", "EUR", 2490),
        ("24.9", "EUR", 2490),
        ("24,90", "EUR", 2490),
        ("24,90 €", "EUR", 2490),
        ("24,90\N{NO-BREAK SPACE}€", "EUR", 2490),
        (" 24,90 ", "EUR", 2490),
        ("24", "EUR", 2400),
        ("24,", "EUR", 2400),
        ("0", "EUR", 0),
        ("007", "EUR", 700),
        ("1.240,00", "EUR", 124000),
        ("1,240.00", "EUR", 124000),
        ("1'240.00", "CHF", 124000),
        ("1 240,00", "EUR", 124000),
        ("1.234.567,89", "EUR", 123456789),
        ("100000000", "EUR", MAX_MINOR),
        ("1240", "JPY", 1240),
        ("1.240", "KWD", 1240),
        ("24,905", "KWD", 24905),
    ],
)
def test_typed_amounts(text: str, currency: str, minor: int) -> None:
    assert typed_amount(text, currency=currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"),
        ("  ", "EUR"),
        ("€", "EUR"),
        ("24 €", "CHF"),
        (",", "EUR"),
        (",50", "EUR"),
        ("-1", "EUR"),
        ("+1", "EUR"),
        ("1e9", "EUR"),
        ("1E2", "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("24.905", "EUR"),
        ("1.240", "EUR"),
        ("1,240", "EUR"),
        ("24,9055", "EUR"),
        ("1.24,00", "EUR"),
        ("1.2400,00", "EUR"),
        ("1..240,00", "EUR"),
        ("24,9,0", "EUR"),
        ("24_90", "EUR"),
        ("0x10", "EUR"),
        ("½", "EUR"),
        ("²", "EUR"),
        ("100000000,01", "EUR"),
        ("9" * 5000, "EUR"),
        ("24,5", "JPY"),
        ("1,240", "JPY"),
        ("24,9055", "KWD"),
    ],
)
def test_what_is_no_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(Invalid) as refused:
        typed_amount(text, currency=currency, field="total")
    assert refused.value.field == "total"


@pytest.mark.parametrize(
    "amount",
    [
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "-0.01",
        "24.905",
        "1E+999999",
        "1E-999999",
        "24.900000000000000000000000000001",
    ],
)
def test_a_decimal_that_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(Invalid):
        minor_units(Decimal(amount), currency="EUR")


def test_trailing_zeros_and_a_negative_zero_are_harmless() -> None:
    assert minor_units(Decimal("24.9000"), currency="EUR") == 2490
    assert minor_units(Decimal("-0.00"), currency="EUR") == 0
    assert minor_units(Decimal("24.0"), currency="JPY") == 24


def test_currencies_are_known_by_their_code() -> None:
    assert known_currency("EUR")
    assert not any(known_currency(code) for code in ("eur", "EU", "XXQ", "", "EURO"))
