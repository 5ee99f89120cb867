"""The check of the translations finds what a reader would see in the wrong language."""

from pathlib import Path

import polib
import pytest

from devtools.translation_check import problems


@pytest.fixture
def locale(tmp_path: Path) -> Path:
    for language in ("de", "de_Informal"):
        write(tmp_path, language, {"Points": "Punkte"})
    return tmp_path


def write(locale: Path, language: str, texts: dict[str, str], *, compiled: bool = True) -> None:
    folder = locale / language / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = polib.POFile()
    catalogue.extend(polib.POEntry(msgid=msgid, msgstr=msgstr) for msgid, msgstr in texts.items())
    catalogue.save(str(folder / "django.po"))
    if compiled:
        catalogue.save_as_mofile(str(folder / "django.mo"))


def test_complete_translations_have_no_problems(locale: Path) -> None:
    assert problems(locale) == []


def test_an_untranslated_text_is_named(locale: Path) -> None:
    write(locale, "de", {"Points": "Punkte", "Balance": ""})
    assert problems(locale) == ["de: untranslated `Balance`"]


def test_the_informal_language_only_overrides(locale: Path) -> None:
    write(locale, "de_Informal", {"Points": ""})
    assert problems(locale) == []


def test_a_compiled_file_that_lags_behind_is_named(locale: Path) -> None:
    write(locale, "de", {"Points": "Zähler"}, compiled=False)
    assert problems(locale) == ["de: django.mo is not compiled from django.po"]


def test_no_translations_at_all_are_a_problem(tmp_path: Path) -> None:
    assert problems(tmp_path)
