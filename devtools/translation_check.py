"""Finds what is missing in the translations: untranslated texts, doubtful ones, and compiled files that lag behind."""

from pathlib import Path

import polib

# Overrides single texts of its base language and is meant to be incomplete.
INCOMPLETE_BY_DESIGN = {"de_Informal"}


def problems(folder: Path) -> list[str]:
    catalogues = sorted(folder.glob("*/LC_MESSAGES/*.po"))
    if not catalogues:
        return [f"no translations in {folder}"]
    return [problem for path in catalogues for problem in problems_of(path)]


def problems_of(path: Path) -> list[str]:
    language, catalogue = path.parent.parent.name, polib.pofile(str(path))
    found = [f"{language}: fuzzy `{entry.msgid}`" for entry in catalogue.fuzzy_entries()]
    if language not in INCOMPLETE_BY_DESIGN:
        found += [f"{language}: untranslated `{entry.msgid}`" for entry in catalogue.untranslated_entries()]
    compiled = path.with_suffix(".mo")
    if not compiled.exists() or texts(polib.mofile(str(compiled))) != texts(catalogue):
        found.append(f"{language}: {compiled.name} is not compiled from {path.name}")
    return found


def texts(catalogue: polib.POFile | polib.MOFile) -> dict[tuple[str | None, str], object]:
    return {
        (entry.msgctxt, entry.msgid): entry.msgstr_plural or entry.msgstr for entry in catalogue if translated(entry)
    }


def translated(entry: polib.POEntry | polib.MOEntry) -> bool:
    return not entry.obsolete and bool(entry.msgstr or any(entry.msgstr_plural.values()))
