"""`./dev messages` finds every text of the code and the templates, and touches nothing that people translated."""

from pathlib import Path

import polib
import pytest

from devtools.extraction import Key, library_messages, product_messages
from devtools.failure import Failure
from devtools.messages import update
from devtools.translation_check import problems


@pytest.fixture
def product(tmp_path: Path) -> Path:
    for folder in ("shop", "tests", "templates", "locale/de/LC_MESSAGES", "locale/de_Informal/LC_MESSAGES"):
        (tmp_path / folder).mkdir(parents=True)
    for package in ("shop", "tests"):
        (tmp_path / package / "__init__.py").touch()
    return tmp_path


def in_python(product: Path, source: str) -> dict[Key, str]:
    (product / "shop" / "texts.py").write_text(source)
    return plurals(product)


def in_template(product: Path, source: str) -> dict[Key, str]:
    (product / "templates" / "page.html").write_text(source)
    return plurals(product)


def plurals(product: Path) -> dict[Key, str]:
    return {key: message.plural for key, message in product_messages(product).items()}


@pytest.mark.parametrize(
    ("source", "key", "plural"),
    [
        ('_("Points")', (None, "Points"), ""),
        ('gettext_lazy("Points")', (None, "Points"), ""),
        ('translation.gettext("Points")', (None, "Points"), ""),
        ('_("One sentence, " "on two lines.")', (None, "One sentence, on two lines."), ""),
        ('_("Hello %(name)s") % {"name": _name("x")}', (None, "Hello %(name)s"), ""),
        ('ngettext("%(n)s point", "%(n)s points", n)', (None, "%(n)s point"), "%(n)s points"),
        ('ngettext_lazy("point", "points", "n")', (None, "point"), "points"),
        ('pgettext("button", "Undo")', ("button", "Undo"), ""),
        ('npgettext("till", "point", "points", n)', ("till", "point"), "points"),
    ],
)
def test_texts_in_python_are_found(product: Path, source: str, key: Key, plural: str) -> None:
    assert in_python(product, source) == {key: plural}


@pytest.mark.parametrize(
    "source", ["_(text)", '"Points"', '# _("Points")', 'other("Points")', '_("")', 'ngettext("x")']
)
def test_what_is_no_text_to_translate_is_left_alone(product: Path, source: str) -> None:
    assert in_python(product, source) == {}


@pytest.mark.parametrize(
    ("source", "key", "plural"),
    [
        ('{% translate "Points" %}', (None, "Points"), ""),
        ("{% translate 'It is \"so\"' %}", (None, 'It is "so"'), ""),
        ('{% translate "It\'s so" as text %}', (None, "It's so"), ""),
        ('{% translate "Undo" context "button" as text %}', ("button", "Undo"), ""),
        ('{% translate "100 % sure" %}', (None, "100 %% sure"), ""),
        ('{% translate "points"|capfirst %}', (None, "points"), ""),
        ('<c-button label="{% translate "Book" %}" kind="main" />', (None, "Book"), ""),
        ('{{ name|default:_("nobody") }}', (None, "nobody"), ""),
        ('{{ _("Points") }}', (None, "Points"), ""),
        ('{% include "x.html" with title=_("Points") %}', (None, "Points"), ""),
        ("{% blocktranslate with a=b %}Hi {{ a }}{% endblocktranslate %}", (None, "Hi %(a)s"), ""),
        ('{% blocktranslate context "mail" asvar x %}Hi{% endblocktranslate %}', ("mail", "Hi"), ""),
        ("{% blocktranslate trimmed %}\n  Two\n  lines\n{% endblocktranslate %}", (None, "Two lines"), ""),
        (
            "{% blocktranslate count n=n %}{{ n }} point{% plural %}{{ n }} points{% endblocktranslate %}",
            (None, "%(n)s point"),
            "%(n)s points",
        ),
        (
            '{% blocktranslate count n=n context "till" %}a{% plural %}b{% endblocktranslate %}',
            ("till", "a"),
            "b",
        ),
    ],
)
def test_texts_in_templates_are_found(product: Path, source: str, key: Key, plural: str) -> None:
    assert in_template(product, f"<p title='_(\"x\")'>It's {{# {source} #}} {source} don't</p>") == {key: plural}


def test_texts_of_tests_and_tools_are_nobodys_to_read(product: Path) -> None:
    (product / "tests" / "texts.py").write_text('_("Points")')
    assert plurals(product) == {}


def test_a_text_is_counted_once_it_has_a_plural_anywhere(product: Path) -> None:
    in_python(product, '_("point"); ngettext("point", "points", n)')
    assert in_template(product, '{% translate "point" %}') == {(None, "point"): "points"}


def test_two_plurals_of_one_text_cannot_be_translated(product: Path) -> None:
    with pytest.raises(Failure, match="two plurals"):
        in_python(product, 'ngettext("point", "points", n); ngettext("point", "pts", n)')


@pytest.fixture
def german(product: Path) -> Path:
    (product / "shop" / "texts.py").write_text('_("Zebra"); _("Apple"); _("Kept"); ngettext("point", "points", n)')
    return catalogue(product, "de", {"Kept": "Behalten", "Gone": "Fort", "point": "Punkt"})


def catalogue(product: Path, language: str, texts: dict[str, str]) -> Path:
    path = product / "locale" / language / "LC_MESSAGES" / "django.po"
    written = polib.POFile()
    written.header = "The product's texts."
    written.extend(polib.POEntry(msgid=msgid, msgstr=msgstr) for msgid, msgstr in texts.items())
    written.save(str(path))
    return path


def test_updating_adds_what_is_new_drops_what_is_gone_and_keeps_the_rest(product: Path, german: Path) -> None:
    update(german, product_messages(product), {})
    entries = polib.pofile(str(german))
    assert entries.header == "The product's texts."
    assert [(entry.msgid, entry.msgid_plural, entry.msgstr) for entry in entries] == [
        ("Kept", "", "Behalten"),
        ("point", "points", ""),
        ("Apple", "", ""),
        ("Zebra", "", ""),
    ]
    assert {file for entry in entries for file, _line in entry.occurrences} == {"shop/texts.py"}


def test_updating_twice_changes_nothing(product: Path, german: Path) -> None:
    update(german, product_messages(product), {})
    once = german.read_text()
    update(german, product_messages(product), {})
    assert german.read_text() == once


def test_long_texts_stay_on_one_line(product: Path, german: Path) -> None:
    in_python(product, f'_("{"long " * 60}")')
    update(german, product_messages(product), {})
    assert f'msgid "{"long " * 60}"' in german.read_text()


def test_nothing_is_added_to_a_language_that_only_overrides(product: Path, german: Path) -> None:
    informal = catalogue(product, "de_Informal", {"Kept": "Behalte", "Gone": "Weg"})
    update(informal, product_messages(product), {})
    assert [entry.msgid for entry in polib.pofile(str(informal))] == ["Kept"]


def test_after_updating_only_translating_is_left(product: Path, german: Path) -> None:
    messages = product_messages(product)
    update(german, messages, {})
    catalogue(product, "de_Informal", {})
    assert [problem for problem in problems(product / "locale", messages, {}) if problem.startswith("de:")] == [
        "de: untranslated `point`",
        "de: untranslated `Apple`",
        "de: untranslated `Zebra`",
    ]


def test_a_text_of_a_library_may_be_put_in_other_words(product: Path, german: Path) -> None:
    messages, borrowed = product_messages(product), library_messages()
    catalogue(product, "de", {"Kept": "Behalten", "Incorrect password.": "Das Passwort stimmt nicht.", "Gone": "Fort"})
    update(german, messages, borrowed)
    kept = [entry for entry in polib.pofile(str(german)) if entry.translated()]
    assert [(entry.msgid, entry.occurrences) for entry in kept] == [
        ("Kept", [("shop/texts.py", "")]),
        ("Incorrect password.", [("allauth", "")]),
    ]
    catalogue(product, "de_Informal", {})
    assert not any("obsolete" in problem for problem in problems(product / "locale", messages, borrowed))
