"""Which texts the product shows in the reader's language: found by parsing its Python and its templates."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import polib
from django.utils.translation.template import templatize

from devtools.failure import Failure

CONTEXT, SINGULAR, PLURAL = "context", "singular", "plural"
FUNCTIONS = {
    "gettext": (SINGULAR,),
    "ngettext": (SINGULAR, PLURAL),
    "pgettext": (CONTEXT, SINGULAR),
    "npgettext": (CONTEXT, SINGULAR, PLURAL),
}
CALLS = {
    "_": FUNCTIONS["gettext"],
    "gettext_noop": FUNCTIONS["gettext"],
    **FUNCTIONS,
    **{f"{name}_lazy": arguments for name, arguments in FUNCTIONS.items()},
}
LIBRARIES = ("allauth", "django")
NOT_SHOWN = {"devtools", "tests"}
LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL_IN_TEMPLATE = re.compile(rf"\b(?:{'|'.join(CALLS)})\({LITERAL}(?:, {LITERAL})*", re.DOTALL)

Key = tuple[str | None, str]


@dataclass(kw_only=True)
class Message:
    """One text, as gettext knows it, and the files that use it."""

    context: str | None
    singular: str
    plural: str
    files: set[str] = field(default_factory=set)

    @property
    def key(self) -> Key:
        return self.context, self.singular


def product_messages(root: Path) -> dict[Key, Message]:
    """Every text of the packages and templates below this folder."""
    found: dict[Key, Message] = {}
    for path in source_files(root):
        text, name = path.read_text(), path.relative_to(root).as_posix()
        calls = python_calls(text) if path.suffix == ".py" else template_calls(text, name)
        for call in calls:
            for message in message_of(call):
                add(found, message, name)
    return found


def library_messages() -> dict[Key, Message]:
    """Texts of libraries, which a catalogue may put in other words: allauth mixes du and Sie."""
    return {
        (entry.msgctxt, entry.msgid): Message(
            context=entry.msgctxt, singular=entry.msgid, plural=entry.msgid_plural, files={name}
        )
        for name in LIBRARIES
        for path in sorted(package_folder(name).rglob("locale/de/LC_MESSAGES/django.po"))
        for entry in polib.pofile(str(path))
    }


def package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise Failure(f"{name} is not installed")
    return Path(spec.origin).parent


def source_files(root: Path) -> Iterator[Path]:
    for package in sorted(path.parent for path in root.glob("*/__init__.py")):
        if package.name not in NOT_SHOWN:
            yield from sorted(package.rglob("*.py"))
    yield from sorted(path for path in (root / "templates").rglob("*") if path.is_file())


def python_calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def template_calls(source: str, name: str) -> Iterator[ast.Call]:
    """Django rewrites a template's tags as gettext calls amid blanked-out text, which Python alone cannot read."""
    for found in CALL_IN_TEMPLATE.finditer(templatize(source, origin=name)):
        yield from python_calls(f"{found[0]})")


def message_of(call: ast.Call) -> Iterator[Message]:
    """The call's text; none if it is another function, or its text is known only at run time."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    roles = CALLS.get(name, ())
    texts = [argument.value for argument in call.args[: len(roles)] if isinstance(argument, ast.Constant)]
    if roles and len(texts) == len(roles) and all(isinstance(text, str) and text for text in texts):
        given = dict(zip(roles, map(str, texts), strict=True))
        yield Message(context=given.get(CONTEXT), singular=given[SINGULAR], plural=given.get(PLURAL, ""))


def add(found: dict[Key, Message], message: Message, name: str) -> None:
    known = found.setdefault(message.key, message)
    if known.plural and message.plural and known.plural != message.plural:
        raise Failure(f"{name}: `{message.singular}` has two plurals: `{known.plural}` and `{message.plural}`")
    known.plural = known.plural or message.plural
    known.files.add(name)
