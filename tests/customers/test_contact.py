"""One spelling for every name, address, number and birthday, whatever people type."""

import unicodedata
from datetime import date, timedelta

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.contact import month_and_day, normal_phone, search_key
from tenants.contact import normal_email, normal_name
from tenants.errors import Invalid

local_parts = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,20}[A-Za-z0-9]", fullmatch=True).filter(
    lambda part: ".." not in part
)
hosts = st.from_regex(r"[A-Za-z][A-Za-z0-9]{1,10}\.(?:de|com|org)", fullmatch=True)
spaces = st.text(alphabet=" \t\n\N{NO-BREAK SPACE}", max_size=3)


# --- Names ----------------------------------------------------------------------------------------------------------


@given(name=st.text(max_size=60))
def test_a_name_has_one_spelling(name: str) -> None:
    spelled = normal_name(name)
    assert normal_name(spelled) == spelled
    assert spelled == spelled.strip()
    assert "  " not in spelled
    assert not any(unicodedata.category(character)[0] == "C" for character in spelled)
    assert normal_name(unicodedata.normalize("NFD", name)) == normal_name(unicodedata.normalize("NFC", name))


@given(words=st.lists(st.sampled_from(["Jana", "Krüger", "von", "der", "Ötzi"]), min_size=1), gap=spaces)
def test_only_the_space_between_words_is_changed(words: list[str], gap: str) -> None:
    assert normal_name(f"{gap}{f' {gap}'.join(words)}{gap}") == " ".join(words)


@given(text=st.text(max_size=60))
def test_a_search_key_does_not_change_when_folded_again(text: str) -> None:
    key = search_key(text)
    assert search_key(key) == key or not text.isprintable()
    assert not any(unicodedata.combining(character) for character in key)


@given(text=st.text(alphabet="abcdefgäöüéèñçåABCDEFGÄÖÜÉ -", max_size=40))
def test_case_and_accents_do_not_matter_to_a_search(text: str) -> None:
    assert search_key(text) == search_key(text.upper()) == search_key(text.lower())
    assert search_key(text) == search_key(unicodedata.normalize("NFD", text))
    assert search_key(text).isascii()


@pytest.mark.parametrize(
    ("name", "key"),
    [("Krüger", "kruger"), ("KRÜGER", "kruger"), ("Groß", "gross"), ("Åsa", "asa"), ("José", "jose"), ("Łuk", "łuk")],
)
def test_search_keys(name: str, key: str) -> None:
    assert search_key(name) == key


# --- E-mail ---------------------------------------------------------------------------------------------------------


@given(local=local_parts, host=hosts, before=spaces, after=spaces)
def test_an_address_is_trimmed_and_lower_case(local: str, host: str, before: str, after: str) -> None:
    address = normal_email(f"{before}{local}@{host}{after}")
    assert address == f"{local}@{host}".lower()
    assert normal_email(address) == address


@given(text=st.text(max_size=30))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = normal_email(text)
    except Invalid:
        return
    assert address == "" or "@" in address
    assert normal_email(address) == address


@pytest.mark.parametrize(
    "text",
    [
        "jana",
        "jana@",
        "@example.org",
        "jana@@example.org",
        "ja na@example.org",
        "jana@example",
        "jana@example.org\nX: y",
        "a\0@b.de",
    ],
)
def test_what_is_no_address_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        normal_email(text)
    assert refused.value.field == "email"


# --- Phone ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ["0151 23456789", "0151/23456789", "0151-2345 6789", "+49 151 23456789", "0049 151 23456789", "(0151) 23456789"],
)
def test_a_number_has_one_spelling_however_it_is_dialled(typed: str) -> None:
    assert normal_phone(typed, country="DE") == "+4915123456789"


def test_a_number_is_read_as_dialled_in_the_shop_s_country() -> None:
    assert normal_phone("0664 1234567", country="AT") == "+436641234567"
    assert normal_phone("079 123 45 67", country="CH") == "+41791234567"


@given(
    number=st.integers(min_value=10**9, max_value=10**10 - 1),
    country=st.sampled_from(["DE", "AT", "CH", "FR", "US"]),
    separator=st.sampled_from(["", " ", "-", "/"]),
)
def test_a_normal_number_stays_as_it_is(number: int, country: str, separator: str) -> None:
    prefix = phonenumbers.country_code_for_region(country)
    digits = str(number)
    try:
        spelled = normal_phone(f"+{prefix}{separator}{digits[:3]}{separator}{digits[3:]}", country="DE")
    except Invalid:
        return
    assert spelled == normal_phone(spelled, country="US") == f"+{prefix}{digits}"


@given(text=st.text(max_size=30))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        spelled = normal_phone(text, country="DE")
    except Invalid:
        return
    assert spelled == "" or (spelled.startswith("+") and spelled[1:].isdigit() and spelled.isascii())


@pytest.mark.parametrize("text", ["1", "abc", "+", "+49", "9" * 40, "\0"])
def test_what_is_no_number_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        normal_phone(text, country="DE")
    assert refused.value.field == "phone"


# --- Birthday -------------------------------------------------------------------------------------------------------


@given(day=st.dates(min_value=date(1900, 1, 1)))
def test_of_a_birthday_month_and_day_are_kept_and_the_year_is_not(day: date) -> None:
    for typed in (day.isoformat(), f"{day:%m-%d}", f"--{day:%m-%d}", f" {day:%m-%d} "):
        assert month_and_day(typed) == (day.month, day.day)


def test_a_birthday_on_29_february_is_one() -> None:
    assert month_and_day("02-29") == month_and_day("2000-02-29") == month_and_day("--02-29") == (2, 29)


def test_every_day_of_a_year_is_a_birthday() -> None:
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(366)]
    assert len({month_and_day(f"{day:%m-%d}") for day in days}) == 366


@pytest.mark.parametrize(
    "typed",
    ["02-30", "13-01", "00-10", "10-00", "2023-02-29", "0000-01-01", "1-1", "31.12.", "12/31", "19990101", "x", "--"],
)
def test_what_is_no_day_is_refused_at_its_field(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        month_and_day(typed)
    assert refused.value.field == "birthday"


def test_nothing_typed_is_nothing_known() -> None:
    assert (normal_name(" "), normal_email(" "), normal_phone(" ", country="DE")) == ("", "", "")
    assert month_and_day(" ") == (None, None)
