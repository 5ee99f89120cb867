"""Dates and amounts as logs write them."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.values import Amounts, Moments
from tenants.errors import Invalid
from tests.factories import NOW

BERLIN = ZoneInfo("Europe/Berlin")
EUROS = Amounts(currency="EUR")


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("24,90", 2490),
        ("24.90", 2490),
        ("24,9", 2490),
        ("0", 0),
        ("24", 2400),
        (",50", 50),
        ("1.240,00", 124_000),
        ("1,240.00", 124_000),
        ("1'240.00", 124_000),
        ("1.240.000", 124_000_000),
        ("24,90 €", 2490),
        ("€24.90", 2490),
        ("EUR 24,90", 2490),
        ("1\u00a0240,00", 124_000),
        ("+3,00", 300),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, minor: int) -> None:
    assert EUROS.read(text) == minor


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("24.905", "two ways"),
        ("1.240", "two ways"),
        ("24.9051", "decimal places"),
        ("-1", "negative"),
        ("1,00-", "negative"),
        ("1e9", "not an amount"),
        ("NaN", "not an amount"),
        ("Infinity", "not an amount"),
        ("zwölf", "not an amount"),
        ("", "missing"),
        ("24,90,10", "not an amount"),
        ("12.34.567,00", "not an amount"),
        ("١٢", "not an amount"),
        ("999999999999", "too large"),
        ("9" * 5000, "too large"),
    ],
)
def test_an_amount_that_leaves_doubt_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(Invalid) as refusal:
        EUROS.read(text)
    assert complaint in str(refusal.value)


def test_a_stated_decimal_mark_settles_what_could_be_read_in_two_ways() -> None:
    assert Amounts(currency="EUR", decimal_mark=",").read("1.240") == 124_000
    assert Amounts(currency="EUR", decimal_mark=".").read("1,240") == 124_000
    with pytest.raises(Invalid):
        Amounts(currency="EUR", decimal_mark=",").read("24.90")


def test_a_currency_has_its_own_number_of_places() -> None:
    assert Amounts(currency="KWD").read("1.240") == 1240
    assert Amounts(currency="JPY").read("1240") == 1240
    with pytest.raises(Invalid):
        Amounts(currency="JPY").read("24.90")


@given(minor=st.integers(0, 10_000_000_000), mark=st.sampled_from([",", "."]), grouped=st.booleans())
def test_every_amount_comes_back_as_it_was_written(minor: int, mark: str, grouped: bool) -> None:
    text = f"{Decimal(minor) / 100:{',' if grouped else ''}.2f}"
    if mark == ",":
        text = text.translate(str.maketrans(",.", ".,"))
    assert EUROS.read(text) == minor


@pytest.mark.parametrize(
    ("day", "time", "expected"),
    [
        ("2026-03-01", "", datetime(2026, 3, 1, 11, tzinfo=UTC)),
        ("01.03.2026", "", datetime(2026, 3, 1, 11, tzinfo=UTC)),
        ("1.3.26", "", datetime(2026, 3, 1, 11, tzinfo=UTC)),
        ("2026/3/1", "", datetime(2026, 3, 1, 11, tzinfo=UTC)),
        ("20260301", "", datetime(2026, 3, 1, 11, tzinfo=UTC)),
        ("01.07.97", "", datetime(1997, 7, 1, 10, tzinfo=UTC)),
        ("01.03.2026", "18:05", datetime(2026, 3, 1, 17, 5, tzinfo=UTC)),
        ("2026-03-01 18:05:30", "", datetime(2026, 3, 1, 17, 5, 30, tzinfo=UTC)),
        ("2026-03-01T18:05:30Z", "", datetime(2026, 3, 1, 18, 5, 30, tzinfo=UTC)),
        ("2026-03-01T18:05:30+05:00", "", datetime(2026, 3, 1, 13, 5, 30, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_in_the_shops_zone(day: str, time: str, expected: datetime) -> None:
    assert Moments(zone=BERLIN, now=NOW).read(day, time).at == expected


@pytest.mark.parametrize(
    ("day", "time", "complaint"),
    [
        ("03/04/2026", "", "two ways"),
        ("2026-02-30", "", "not a date"),
        ("31.11.2025", "", "not a date"),
        ("gestern", "", "not a date"),
        ("", "", "missing"),
        ("0001-01-01", "", "too long ago"),
        ("2026-03-01", "25:00", "not a time"),
        ("2026-03-01 6 PM", "", "not a time"),
    ],
)
def test_a_date_that_leaves_doubt_is_refused(day: str, time: str, complaint: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Moments(zone=BERLIN, now=NOW).read(day, time)
    assert complaint in str(refusal.value)


def test_a_stated_format_settles_what_could_be_read_in_two_ways() -> None:
    assert Moments(zone=BERLIN, now=NOW, date_format="%d/%m/%Y").read("03/04/2025", "").text == "2025-04-03"
    assert Moments(zone=BERLIN, now=NOW, date_format="%m/%d/%Y %H:%M").read("03/04/2025 10:00", "").at.hour == 9
    with pytest.raises(Invalid):
        Moments(zone=BERLIN, now=NOW, date_format="%d/%m/%Y").read("2025-04-03", "")


def test_a_purchase_of_today_without_a_time_does_not_lie_in_the_future() -> None:
    assert Moments(zone=BERLIN, now=NOW).read("2026-03-10", "").at == NOW


def test_the_same_moment_is_the_same_text_however_it_is_written() -> None:
    moments = Moments(zone=BERLIN, now=NOW)
    assert moments.read("01.03.2026", "").text == moments.read("2026-03-01", "").text
    assert moments.read("01.03.2026", "18:05").text == moments.read("2026-03-01T18:05:00", "").text
    assert moments.read("2026-03-01T18:05Z", "").text == moments.read("2026-03-01T19:05+01:00", "").text
