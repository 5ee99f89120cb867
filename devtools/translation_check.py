"""Finds what a reader would see in the wrong language, or with a hole in it, and compiled files that lag behind."""

import re
from collections.abc import Iterator
from pathlib import Path

import polib

from devtools.extraction import Key, Message
from devtools.spelling import DERIVED, derived

# Overrides single texts of its base language and is meant to be incomplete.
INCOMPLETE_BY_DESIGN = {"de_Informal"}
UPDATE = "./dev messages"
PERCENT = re.compile(r"%%|%(?:\((\w+)\))?[sdf]|%")
BRACES = re.compile(r"\{\w*\}")


def problems(folder: Path, messages: dict[Key, Message], borrowed: dict[Key, Message]) -> list[str]:
    """`messages` have to be translated, `borrowed` ones of libraries may be put in other words."""
    paths = catalogue_paths(folder)
    if not paths:
        return [f"no translations in {folder}"]
    possible = borrowed | messages
    return [
        f"{language_of(path)}: {problem}"
        for path in paths
        for problem in (*problems_of_texts(path, messages, possible), *problems_of_files(path))
    ]


def catalogue_paths(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/LC_MESSAGES/*.po"))


def language_of(path: Path) -> str:
    return path.parent.parent.name


def problems_of_texts(path: Path, messages: dict[Key, Message], possible: dict[Key, Message]) -> Iterator[str]:
    if language_of(path) in DERIVED:
        return
    catalogue = polib.pofile(str(path))
    complete = language_of(path) not in INCOMPLETE_BY_DESIGN
    for entry in catalogue:
        yield from problems_of_entry(entry, possible.get((entry.msgctxt, entry.msgid)), complete=complete)
    if complete:
        present = {(entry.msgctxt, entry.msgid) for entry in catalogue}
        yield from (
            f"missing `{message.singular}`: {UPDATE}" for key, message in messages.items() if key not in present
        )


def problems_of_files(path: Path) -> Iterator[str]:
    language, catalogue, compiled = language_of(path), polib.pofile(str(path)), path.with_suffix(".mo")
    if language in DERIVED and texts(derived(path.parents[2], language)) != texts(catalogue):
        yield f"{path.name} is not made from the German texts: {UPDATE}"
    if not compiled.exists() or texts(polib.mofile(str(compiled))) != texts(catalogue):
        yield f"{compiled.name} is not compiled from {path.name}: {UPDATE}"


def problems_of_entry(entry: polib.POEntry, message: Message | None, *, complete: bool) -> Iterator[str]:
    if entry.obsolete or message is None:
        yield f"obsolete `{entry.msgid}`: {UPDATE}"
    elif entry.msgid_plural != message.plural:
        yield f"another plural than in the code `{entry.msgid}`: {UPDATE}"
    elif entry.fuzzy:
        yield f"fuzzy `{entry.msgid}`"
    elif not entry.translated():
        if complete:
            yield f"untranslated `{entry.msgid}`"
    elif any(placeholders(text) not in allowed_placeholders(entry) for text in translations(entry)):
        yield f"placeholders differ `{entry.msgid}`"


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def allowed_placeholders(entry: polib.POEntry) -> list[set[str]]:
    """Those of the singular or of the plural: "one point" need not name its figure."""
    return [placeholders(text) for text in (entry.msgid, entry.msgid_plural) if text]


def placeholders(text: str) -> set[str]:
    """A single % counts too: where a text is formatted, it would be an error."""
    return {found[0] for found in PERCENT.finditer(text)} | set(BRACES.findall(text))


def texts(catalogue: polib.POFile | polib.MOFile) -> dict[Key, object]:
    return {
        (entry.msgctxt, entry.msgid): entry.msgstr_plural or entry.msgstr for entry in catalogue if translated(entry)
    }


def translated(entry: polib.POEntry | polib.MOEntry) -> bool:
    forms = entry.msgstr_plural.values() or [entry.msgstr]
    return not entry.obsolete and all(forms)
