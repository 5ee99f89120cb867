"""Figures, days and times are written as the reader's country writes them, whatever the language is called."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from tenants.locales import (
    NARROW,
    date_text,
    day_month_text,
    language_tag,
    moment_text,
    number_text,
    percent_text,
    short_date_text,
    time_text,
)
from tenants.models import Tenant
from tenants.money import MAX_MINOR, amount_hint, amount_text, currency_sign, money_text, rate_text, typed_amount
from tenants.scope import tenant_scope
from tests.factories import make_tenant
from tests.tenants.reading import reading

READERS = {"de-DE": ("de", "DE"), "de-AT": ("de", "AT"), "de-CH": ("de", "CH"), "en-GB": ("en", "DE")}
# Just before midnight in UTC, the next day in the shop.
MOMENT = datetime(2026, 1, 21, 23, 5, tzinfo=UTC)

# What each reader sees; no line breaks at ~, the narrow space, and at _.
TABLE = {
    "de-DE": {
        "points": "3.480",
        "negative": "−1.240",
        "factor": "1,25",
        "percent": "5~%",
        "share": "68,5~%",
        "euro": "1.234,50~€",
        "franc": "1.234,50_CHF",
        "loss": "−0,50~€",
        "rate": "1~€",
        "amount": "24,90",
        "day": "22. Januar 2026",
        "short_day": "22.01.2026",
        "day_month": "22. Januar",
        "clock": "00:05",
        "moment": "22.01.2026, 00:05",
    },
    "de-AT": {
        "points": "3.480",
        "negative": "−1.240",
        "factor": "1,25",
        "percent": "5~%",
        "share": "68,5~%",
        "euro": "€~1.234,50",
        "franc": "CHF_1.234,50",
        "loss": "−€~0,50",
        "rate": "€~1",
        "amount": "24,90",
        "day": "22. Jänner 2026",
        "short_day": "22.01.2026",
        "day_month": "22. Jänner",
        "clock": "00:05",
        "moment": "22.01.2026, 00:05",
    },
    "de-CH": {
        "points": "3’480",
        "negative": "−1’240",
        "factor": "1.25",
        "percent": "5%",
        "share": "68.5%",
        "euro": "EUR_1’234.50",
        "franc": "CHF_1’234.50",
        "loss": "EUR−0.50",
        "rate": "EUR_1",
        "amount": "24.90",
        "day": "22. Januar 2026",
        "short_day": "22.01.2026",
        "day_month": "22. Januar",
        "clock": "00:05",
        "moment": "22.01.2026, 00:05",
    },
    "en-GB": {
        "points": "3,480",
        "negative": "−1,240",
        "factor": "1.25",
        "percent": "5%",
        "share": "68.5%",
        "euro": "€1,234.50",
        "franc": "CHF_1,234.50",
        "loss": "−€0.50",
        "rate": "€1",
        "amount": "24.90",
        "day": "22 January 2026",
        "short_day": "22 Jan 2026",
        "day_month": "22 January",
        "clock": "00:05",
        "moment": "22 Jan 2026, 00:05",
    },
}
WRITTEN = {
    "points": lambda: number_text(3480),
    "negative": lambda: number_text(-1240),
    "factor": lambda: number_text(Decimal("1.25")),
    "percent": lambda: percent_text(5),
    "share": lambda: percent_text(Decimal("68.5")),
    "euro": lambda: money_text(123450, currency="EUR"),
    "franc": lambda: money_text(123450, currency="CHF"),
    "loss": lambda: money_text(-50, currency="EUR"),
    "rate": lambda: rate_text(100, currency="EUR"),
    "amount": lambda: amount_text(2490, currency="EUR"),
    "day": lambda: date_text(MOMENT),
    "short_day": lambda: short_date_text(MOMENT),
    "day_month": lambda: day_month_text(MOMENT),
    "clock": lambda: time_text(MOMENT),
    "moment": lambda: moment_text(MOMENT),
}


@pytest.mark.parametrize(("reader", "what"), [(reader, what) for reader, texts in TABLE.items() for what in texts])
def test_everything_is_written_the_readers_way(reader: str, what: str) -> None:
    with reading(*READERS[reader]):
        assert WRITTEN[what]() == TABLE[reader][what].replace("~", NARROW).replace("_", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("language", "country", "tag"),
    [
        ("de", "DE", "de-DE"),
        ("de-informal", "DE", "de-DE"),
        ("de-informal", "CH", "de-CH"),
        ("de", "AT", "de-AT"),
        ("de", "LI", "de-LI"),
        ("de", "NL", "de-DE"),
        ("en", "AT", "en-GB"),
        ("en", "CH", "en-GB"),
        ("en", "IE", "en-IE"),
        ("en", "US", "en-US"),
        ("tlh", "DE", "en-GB"),
    ],
)
def test_the_page_names_the_language_and_the_country_it_is_written_for(language: str, country: str, tag: str) -> None:
    with reading(language, country):
        assert language_tag() == tag


@pytest.mark.django_db
def test_the_country_is_that_of_the_open_shop_and_germany_without_one() -> None:
    with translation.override("de"):
        for country, tag in (("AT", "de-AT"), ("CH", "de-CH")):
            with tenant_scope(make_tenant(country=country)):
                assert language_tag() == tag
        assert language_tag() == "de-DE"


@pytest.mark.django_db
def test_a_moment_is_shown_by_the_shops_clock_also_where_no_request_set_one() -> None:
    with translation.override("en"), timezone.override(UTC), tenant_scope(make_tenant(time_zone="Asia/Tokyo")):
        assert (short_date_text(MOMENT), time_text(MOMENT)) == ("22 Jan 2026", "08:05")
    with translation.override("en"), timezone.override(UTC):
        assert (short_date_text(MOMENT), time_text(MOMENT)) == ("21 Jan 2026", "23:05")


def test_a_plain_day_stays_the_day_it_is() -> None:
    with reading("de", "AT"):
        assert date_text(date(2026, 11, 22)) == "22. November 2026"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ moment|day }}, {{ moment|clock }}", "22. Jänner 2026, 00:05"),
        ("{{ moment|short_day }} {{ moment|day_month }}", "22.01.2026 22. Jänner"),
        ('{{ moment|moment }} {{ never|moment|default:"–" }}', "22.01.2026, 00:05 –"),
        ("{{ figure|number }} {{ figure|points }} {{ figure|signed_points }}", "1.240 1.240 +1.240"),
        ("{{ zero|number }} {{ zero|signed_points }} {{ zero|percent }}", "0 0 0~%"),
        ('{{ figure|money:"EUR" }}', "€~12,40"),
        ("[{{ never|day }}{{ never|number }}{{ nothing|points }}]", "[]"),
    ],
)
def test_templates_write_the_same(template: str, text: str) -> None:
    values = {"moment": MOMENT, "figure": 1240, "zero": 0, "never": None}
    with reading("de", "AT"):
        assert Template("{% load loyalty_format %}" + template).render(Context(values)) == text.replace("~", NARROW)


@pytest.mark.parametrize(
    ("reader", "currency", "text", "leads"),
    [
        ("de-DE", "EUR", "€", False),
        ("de-AT", "EUR", "€", True),
        ("de-CH", "CHF", "CHF", True),
        ("en-GB", "EUR", "€", True),
    ],
)
def test_the_sign_stands_on_the_readers_side(reader: str, currency: str, text: str, leads: bool) -> None:
    with reading(*READERS[reader]):
        sign = currency_sign(currency)
    assert (sign.text, sign.leads) == (text, leads)


@given(
    minor=st.integers(min_value=0, max_value=MAX_MINOR),
    reader=st.sampled_from(sorted(READERS)),
    currency=st.sampled_from(["EUR", "CHF", "JPY", "KWD"]),
)
def test_whatever_is_shown_can_be_typed(minor: int, reader: str, currency: str) -> None:
    with reading(*READERS[reader]):
        assert typed_amount(money_text(minor, currency=currency), currency=currency) == minor
        assert typed_amount(amount_text(minor, currency=currency), currency=currency) == minor


@pytest.mark.parametrize(("reader", "example"), [("de-DE", "24,90"), ("de-CH", "24.90"), ("en-GB", "24.90")])
def test_the_hint_shows_an_amount_that_is_accepted(reader: str, example: str) -> None:
    with reading(*READERS[reader]):
        assert example in amount_hint(currency="EUR")
        assert typed_amount(example, currency="EUR") == 2490


@pytest.mark.parametrize(
    ("reader", "text", "currency", "minor"),
    [
        ("de-CH", "1’240.50", "CHF", 124050),
        ("de-CH", "1'240.50", "CHF", 124050),
        ("de-CH", "CHF 24.90", "CHF", 2490),
        ("de-CH", "24,90", "CHF", 2490),
        ("de-CH", "€ 24.90", "EUR", 2490),
        ("de-AT", "€ 1.240,50", "EUR", 124050),
        ("de-AT", "24.90", "EUR", 2490),
        ("en-GB", "€1,240.50", "EUR", 124050),
        ("en-GB", "24,90", "EUR", 2490),
        ("de-DE", "1.240 ¥", "JPY", 1240),
        ("en-GB", "¥1,240", "JPY", 1240),
    ],
)
def test_amounts_are_understood_with_sign_and_groups(reader: str, text: str, currency: str, minor: int) -> None:
    with reading(*READERS[reader]):
        assert typed_amount(text, currency=currency) == minor


@pytest.mark.parametrize(
    ("country", "language", "text"),
    [
        ("DE", "de", "Schließen"),
        ("AT", "de-informal", "Schließen"),
        ("CH", "de", "Schliessen"),
        ("LI", "de-informal", "Schliessen"),
    ],
)
def test_swiss_shops_write_no_eszett(country: str, language: str, text: str) -> None:
    with translation.override(Tenant(country=country).spelling(language)):
        assert translation.gettext("Close") == text


def test_swiss_shops_say_du_where_others_do() -> None:
    du, sie = (Tenant(country="CH", language="de", address=address) for address in ("du", "sie"))
    for shop, text in ((du, "Deine Karte"), (sie, "Ihre Karte")):
        with translation.override(shop.customer_language):
            assert translation.gettext("Your card") == text
    assert Tenant(country="CH", language="en").customer_language == "en"
