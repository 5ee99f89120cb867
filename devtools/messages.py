"""`./dev messages`: brings the catalogues in locale/ up to what the code says; only translating is left to people."""

from collections.abc import Iterable
from pathlib import Path

import polib

from devtools.extraction import Key, Message, library_messages, product_messages
from devtools.failure import execute
from devtools.places import ROOT
from devtools.spelling import DERIVED, catalogue_path, derived
from devtools.translation_check import INCOMPLETE_BY_DESIGN, catalogue_paths, language_of, problems

# Lines of any length: wrapped ones make a merge of two translations a conflict.
UNWRAPPED = 0


def main(_arguments: list[str]) -> int:
    messages, borrowed = product_messages(ROOT), library_messages()
    for path in catalogue_paths(ROOT / "locale"):
        if language_of(path) not in DERIVED:
            update(path, messages, borrowed)
    for language in DERIVED:
        save(derived(ROOT / "locale", language), catalogue_path(ROOT / "locale", language))
    print("\n".join(problems(ROOT / "locale", messages, borrowed)) or "the translations are complete")
    return 0


def update(path: Path, messages: dict[Key, Message], borrowed: dict[Key, Message]) -> None:
    """Add what is new, drop what neither the product nor a library has, keep the order of the rest, compile."""
    possible = borrowed | messages
    before = polib.pofile(str(path), wrapwidth=UNWRAPPED)
    after = polib.POFile(wrapwidth=UNWRAPPED)
    after.header, after.metadata = before.header, before.metadata
    known = {(entry.msgctxt, entry.msgid): entry for entry in before if not entry.obsolete}
    after.extend(refreshed(entry, possible[key]) for key, entry in known.items() if key in possible)
    if language_of(path) not in INCOMPLETE_BY_DESIGN:
        after.extend(untranslated(message) for message in in_order(messages.values()) if message.key not in known)
    save(after, path)


def save(catalogue: polib.POFile, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))
    catalogue.save_as_mofile(str(path.with_suffix(".mo")))


def in_order(messages: Iterable[Message]) -> list[Message]:
    return sorted(messages, key=lambda message: (message.singular, message.context or ""))


def untranslated(message: Message) -> polib.POEntry:
    return refreshed(polib.POEntry(msgid=message.singular, msgctxt=message.context), message)


def refreshed(entry: polib.POEntry, message: Message) -> polib.POEntry:
    """Files without line numbers: those would change with every edit elsewhere in the file."""
    entry.occurrences = [(name, "") for name in sorted(message.files)]
    entry.flags = [flag for flag in entry.flags if flag != "python-format"]
    if "%(" in message.singular + message.plural:
        entry.flags.append("python-format")
    if bool(entry.msgid_plural) != bool(message.plural):
        entry.msgstr, entry.msgstr_plural = "", {0: "", 1: ""} if message.plural else {}
    entry.msgid_plural = message.plural
    return entry


if __name__ == "__main__":
    execute(main)
