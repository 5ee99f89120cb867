"""Catalogues for Switzerland, where ss is written for ß: made from the German ones, holding only what differs."""

from pathlib import Path

import polib

GERMAN = "de"
# A later base wins over an earlier one.
DERIVED = {"de_CH": (GERMAN,), "de_CH-informal": (GERMAN, "de_Informal")}


def catalogue_path(folder: Path, language: str) -> Path:
    return folder / language / "LC_MESSAGES" / "django.po"


def derived(folder: Path, language: str) -> polib.POFile:
    """Readers fall back to German, so its texts are needed only where they are spelt otherwise."""
    made = polib.POFile(wrapwidth=0)
    made.header = f"Made by ./dev messages from {' and '.join(DERIVED[language])}: translate there."
    entries = {}
    for base in DERIVED[language]:
        catalogue = polib.pofile(str(catalogue_path(folder, base)))
        made.metadata = catalogue.metadata | {"Language": language}
        for entry in catalogue:
            if entry.translated() and (base != GERMAN or "ß" in f"{entry.msgstr}{entry.msgstr_plural}"):
                entries[entry.msgctxt, entry.msgid] = respelt(entry)
    made.extend(entries.values())
    return made


def respelt(entry: polib.POEntry) -> polib.POEntry:
    entry.msgstr = entry.msgstr.replace("ß", "ss")
    entry.msgstr_plural = {number: text.replace("ß", "ss") for number, text in entry.msgstr_plural.items()}
    return entry
