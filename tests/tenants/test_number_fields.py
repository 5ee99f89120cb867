"""A number is typed as it is shown, in every country, and what can be read in two ways is refused."""

from decimal import Decimal

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from tenants.forms import DecimalPlacesField, WholeNumberField
from tenants.locales import number_text, typed_number
from tests.tenants.reading import reading


class Numbers(forms.Form):
    points = WholeNumberField(min_value=0, required=False)
    factor = DecimalPlacesField(decimal_places=2, required=False)


@pytest.mark.parametrize(
    ("country", "points", "factor"), [("DE", "5.000", "1,25"), ("AT", "5.000", "1,25"), ("CH", "5’000", "1.25")]
)
def test_numbers_are_shown_and_typed_as_the_country_writes_them(country: str, points: str, factor: str) -> None:
    with reading("de", country):
        shown = Numbers(initial={"points": 5000, "factor": Decimal("1.250")})
        assert f'value="{points}"' in str(shown["points"])
        assert f'value="{factor}"' in str(shown["factor"])
        typed = Numbers({"points": points, "factor": factor}, initial={"points": 5000, "factor": Decimal("1.25")})
        assert typed.is_valid()
        assert typed.cleaned_data == {"points": 5000, "factor": Decimal("1.25")}
        assert not typed.has_changed()


@pytest.mark.parametrize("text", ["5,000", "5,5", "5.00", "1.2345", "5e3", "-5", "x", "1.000.00"])
def test_what_is_no_whole_number_is_refused_and_stays(text: str) -> None:
    with reading("de"):
        form = Numbers({"points": text})
        assert "points" in form.errors
        assert f'value="{text}"' in str(form["points"])


@pytest.mark.parametrize("text", ["1,255", "1.255", "1,2,5", "-1", "x"])
def test_what_is_no_factor_is_refused(text: str) -> None:
    with reading("de"):
        assert "factor" in Numbers({"factor": text}).errors


@pytest.mark.parametrize("text", ["-1.250", "- 1.250", "\N{MINUS SIGN}1.250", "-1250"])
def test_what_may_be_taken_off_has_a_sign(text: str) -> None:
    with reading("de"):
        assert WholeNumberField(min_value=-5000).clean(text) == -1250


def test_an_empty_field_is_nothing() -> None:
    with reading("de"):
        form = Numbers({"points": "", "factor": " "})
        assert form.is_valid()
        assert form.cleaned_data == {"points": None, "factor": None}


@given(
    value=st.integers(min_value=0, max_value=10**12),
    places=st.sampled_from([0, 1, 2]),
    reader=st.sampled_from([("de", "DE"), ("de", "AT"), ("de", "CH"), ("en", "DE")]),
)
def test_every_number_that_is_shown_can_be_typed(value: int, places: int, reader: tuple[str, str]) -> None:
    number = Decimal(value).scaleb(-places)
    with reading(*reader):
        assert typed_number(number_text(number, places=places), places=places) == number
