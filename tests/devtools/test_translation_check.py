"""The check of the translations finds what a reader would see in the wrong language."""

from pathlib import Path

import polib
import pytest

from devtools.extraction import Message
from devtools.messages import save
from devtools.spelling import DERIVED, catalogue_path, derived
from devtools.translation_check import problems

MESSAGES = {
    message.key: message
    for message in (
        Message(context=None, singular="Points", plural=""),
        Message(context=None, singular="Hello %(name)s", plural=""),
        Message(context=None, singular="%(count)s point", plural="%(count)s points"),
        Message(context="button", singular="Undo {figure}", plural=""),
    )
}
COMPLETE: dict[str, str | list[str]] = {
    "Points": "Punkte",
    "Hello %(name)s": "Hallo %(name)s",
    "%(count)s point": ["%(count)s Punkt", "%(count)s Punkte"],
    "Undo {figure}": "{figure} zurücknehmen",
}


@pytest.fixture
def locale(tmp_path: Path) -> Path:
    write(tmp_path, "de", COMPLETE)
    write(tmp_path, "de_Informal", {"Hello %(name)s": "Hi %(name)s"})
    return tmp_path


def respell(locale: Path) -> None:
    for language in DERIVED:
        save(derived(locale, language), catalogue_path(locale, language))


def write(locale: Path, language: str, texts: dict[str, str | list[str]], *, compiled: bool = True) -> polib.POFile:
    folder = locale / language / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = polib.POFile()
    catalogue.extend(entry(msgid, text) for msgid, text in texts.items())
    catalogue.save(str(folder / "django.po"))
    if compiled:
        catalogue.save_as_mofile(str(folder / "django.mo"))
    if catalogue_path(locale, "de_Informal").exists():
        respell(locale)
    return catalogue


def entry(msgid: str, text: str | list[str]) -> polib.POEntry:
    message = next((message for message in MESSAGES.values() if message.singular == msgid), None)
    context = message.context if message else None
    if isinstance(text, str):
        return polib.POEntry(msgctxt=context, msgid=msgid, msgstr=text)
    forms = dict(enumerate(text))
    return polib.POEntry(msgctxt=context, msgid=msgid, msgid_plural="%(count)s points", msgstr_plural=forms)


def test_complete_translations_have_no_problems(locale: Path) -> None:
    assert problems(locale, MESSAGES, {}) == []


def test_a_text_of_the_code_that_a_catalogue_lacks_is_named(locale: Path) -> None:
    write(locale, "de", {msgid: text for msgid, text in COMPLETE.items() if msgid != "Points"})
    assert problems(locale, MESSAGES, {}) == ["de: missing `Points`: ./dev messages"]


def test_the_same_text_in_another_context_is_another_text(locale: Path) -> None:
    board = Message(context="board", singular="Points", plural="")
    assert problems(locale, MESSAGES | {board.key: board}, {}) == ["de: missing `Points`: ./dev messages"]


def test_an_untranslated_text_is_named(locale: Path) -> None:
    write(locale, "de", COMPLETE | {"Points": ""})
    assert problems(locale, MESSAGES, {}) == ["de: untranslated `Points`"]


def test_a_plural_with_one_form_missing_is_untranslated(locale: Path) -> None:
    write(locale, "de", COMPLETE | {"%(count)s point": ["%(count)s Punkt", ""]})
    assert problems(locale, MESSAGES, {}) == ["de: untranslated `%(count)s point`"]


def test_a_plural_translated_as_one_text_is_named(locale: Path) -> None:
    write(locale, "de", COMPLETE | {"%(count)s point": "%(count)s Punkte"})
    assert problems(locale, MESSAGES, {}) == ["de: another plural than in the code `%(count)s point`: ./dev messages"]


def test_a_doubtful_translation_is_named(locale: Path) -> None:
    catalogue = write(locale, "de", COMPLETE)
    catalogue[0].flags.append("fuzzy")
    catalogue.save(str(locale / "de" / "LC_MESSAGES" / "django.po"))
    assert "de: fuzzy `Points`" in problems(locale, MESSAGES, {})


@pytest.mark.parametrize("language", ["de", "de_Informal"])
def test_a_text_that_the_code_no_longer_has_is_named(locale: Path, language: str) -> None:
    write(locale, language, (COMPLETE if language == "de" else {}) | {"Balance": "Punktestand"})
    assert problems(locale, MESSAGES, {}) == [f"{language}: obsolete `Balance`: ./dev messages"]


@pytest.mark.parametrize(
    ("msgid", "text"),
    [
        ("Hello %(name)s", "Hallo %(nmae)s"),
        ("Hello %(name)s", "Hallo"),
        ("Hello %(name)s", "Hallo %(name)s, 5 % mehr"),
        ("Hello %(name)s", "Hallo %(name)s %(shop)s"),
        ("Undo {figure}", "{figur} zurücknehmen"),
        ("%(count)s point", ["ein Punkt", "%(count)s Punkte"]),
    ],
)
def test_placeholders_that_would_stay_empty_or_fail_are_named(locale: Path, msgid: str, text: str | list[str]) -> None:
    write(locale, "de", COMPLETE | {msgid: text})
    assert problems(locale, MESSAGES, {}) == [f"de: placeholders differ `{msgid}`"]


def test_the_informal_language_only_overrides(locale: Path) -> None:
    write(locale, "de_Informal", {"Points": ""})
    assert problems(locale, MESSAGES, {}) == []


def test_a_compiled_file_that_lags_behind_is_named(locale: Path) -> None:
    write(locale, "de", COMPLETE | {"Points": "Zähler"}, compiled=False)
    assert problems(locale, MESSAGES, {}) == ["de: django.mo is not compiled from django.po: ./dev messages"]


def test_no_translations_at_all_are_a_problem(tmp_path: Path) -> None:
    assert problems(tmp_path, MESSAGES, {})


def test_a_swiss_spelling_that_lags_behind_is_named(locale: Path) -> None:
    catalogue = write(locale, "de", COMPLETE)
    catalogue[0].msgstr = "große Punkte"
    save(catalogue, catalogue_path(locale, "de"))
    assert problems(locale, MESSAGES, {}) == [
        "de_CH: django.po is not made from the German texts: ./dev messages",
        "de_CH-informal: django.po is not made from the German texts: ./dev messages",
    ]
    respell(locale)
    assert problems(locale, MESSAGES, {}) == []


def test_swiss_catalogues_hold_what_is_spelt_otherwise_and_what_du_changes(locale: Path) -> None:
    write(locale, "de", COMPLETE | {"Points": "große Punkte", "Hello %(name)s": "Grüße, %(name)s"})
    assert {entry.msgid: entry.msgstr for entry in derived(locale, "de_CH")} == {
        "Points": "grosse Punkte",
        "Hello %(name)s": "Grüsse, %(name)s",
    }
    assert {entry.msgid: entry.msgstr for entry in derived(locale, "de_CH-informal")} == {
        "Points": "grosse Punkte",
        "Hello %(name)s": "Hi %(name)s",
    }
