"""Downloads as CSV: whatever people have typed comes back unchanged, and nothing of it runs in a spreadsheet."""

import csv
from io import StringIO

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tenants.csv import BOM, Cell, csv_lines, csv_response, guarded, unguarded

ATTACKS = [
    "=HYPERLINK(0)",
    "+49 151 234",
    "-1+1",
    "@SUM(A1)",
    "  =1",
    "\t=1",
    "\r=1",
    "\n=1",
    "|calc",
    "'=1",
    "''=1",
    "\u00a0=1",
    "＝1",
    "x;=1",
    'x",=1',
]
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(ATTACKS)


def runs(cell: str) -> bool:
    """Would a spreadsheet calculate this cell, or break out of it?"""
    return bool(cell.lstrip()) and (cell.lstrip()[0] in "=+-@＝＋－＠" or cell[0] in "\t\r\n|")


def read(lines: list[str], *, delimiter: str = ";") -> list[list[str]]:
    return list(csv.reader(StringIO("".join(lines), newline=""), delimiter=delimiter))


@given(texts)
def test_a_text_comes_back_as_it_was_and_never_begins_a_formula(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not runs(guarded(text))


@pytest.mark.parametrize("text", ["Jana Krüger", "", "'quoted'", "a-b", "5 %", "jana@example.org", "O'Neill", "a | b"])
def test_a_harmless_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text == unguarded(text)


@pytest.mark.parametrize("language", ["de", "en"])
@given(rows=st.lists(st.lists(texts, min_size=2, max_size=4), max_size=5))
def test_every_row_is_read_back_by_any_reader(language: str, rows: list[list[str]]) -> None:
    with translation.override(language):
        lines = list(csv_lines(rows))
    found = read(lines, delimiter={"de": ";", "en": ","}[language])
    assert [[unguarded(cell) for cell in row] for row in found] == rows
    assert not any(runs(cell) for row in found for cell in row)


def test_whole_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    row: list[Cell] = [-500, 3480, None, "+49151"]
    with translation.override("de"):
        assert list(csv_lines([row])) == ['-500;3480;"";"\'+49151"\r\n']


def test_a_text_with_the_other_separator_is_no_cell_of_its_own_to_readers_who_split_at_both() -> None:
    with translation.override("en"):
        (line,) = csv_lines([["x;=1"]])
    assert read([line]) == [["x;=1"]]


def test_a_download_is_streamed_with_its_name_and_says_that_it_is_utf_8() -> None:
    def rows() -> object:
        yield ["Name"]
        yield ["Jana Krüger"]

    response = csv_response('Kunden "alle" ü.csv', rows())  # type: ignore[arg-type]
    assert response.streaming
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "filename*=utf-8''Kunden%20%22alle%22%20%C3%BC.csv" in response.headers["Content-Disposition"]
    assert b"".join(response).decode() == BOM + '"Name"\r\n"Jana Krüger"\r\n'
