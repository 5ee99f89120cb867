"""Customer numbers find typing errors, card tokens cannot be guessed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers import numbers
from customers.numbers import check_digit, is_number, new_card_token, new_number, new_numbers
from tenants.secrets import as_typed

digits = st.integers(min_value=10_000_000, max_value=99_999_999).map(str)


@given(digits=digits)
def test_a_number_with_its_check_digit_is_one_and_with_any_other_is_none(digits: str) -> None:
    right = check_digit(digits)
    assert [final for final in "0123456789" if is_number(digits + final)] == [right]


@given(digits=digits, position=st.integers(0, 8), other=st.sampled_from("0123456789"))
def test_every_single_wrong_digit_is_found(digits: str, position: int, other: str) -> None:
    number = digits + check_digit(digits)
    mistyped = number[:position] + other + number[position + 1 :]
    assert is_number(mistyped) == (mistyped == number)


@given(digits=digits, position=st.integers(0, 7))
def test_swapped_neighbours_are_found_but_for_nought_and_nine(digits: str, position: int) -> None:
    number = digits + check_digit(digits)
    first, second = number[position], number[position + 1]
    swapped = number[:position] + second + first + number[position + 2 :]
    assert is_number(swapped) == (first == second or {first, second} == {"0", "9"})


def test_a_known_number_of_the_luhn_method() -> None:
    assert check_digit("7992739871") == "3"


@given(text=st.text(max_size=12))
def test_other_text_is_no_number(text: str) -> None:
    assert is_number(text) == bool(re.fullmatch("[0-9]{9}", text) and check_digit(text[:8]) == text[8])


def test_new_numbers_are_numbers_without_a_leading_nought() -> None:
    for _ in range(200):
        number = new_number()
        assert is_number(number)
        assert number[0] != "0"


def test_numbers_drawn_together_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["100000009", "100000009", "100000017"])
    monkeypatch.setattr(numbers, "new_number", lambda: next(drawn))
    assert new_numbers(2) == ["100000009", "100000017"]


def test_a_card_token_is_long_and_without_characters_that_people_confuse() -> None:
    tokens = {new_card_token() for _ in range(200)}
    assert len(tokens) == 200
    assert all(re.fullmatch("[A-HJ-NP-Z2-9]{12}", token) for token in tokens)


@given(code=st.text(alphabet="ABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=1, max_size=12), gap=st.sampled_from("- ._/"))
def test_a_code_may_be_typed_with_gaps_and_in_lower_case(code: str, gap: str) -> None:
    assert as_typed(gap.join(code.lower())) == code
