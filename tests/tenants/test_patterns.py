"""No regular expression of ours takes its time over a text that was made for that."""

import ast
import itertools
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.conf import settings

WAYS = ("match", "search", "fullmatch", "sub", "findall", "split", "finditer")
# Short ones first: what grows with the cube would not end with the long ones.
LENGTHS = (300, 10_000)
# One for every kind of sign that our patterns know; rows of one or two of them, with an end that fits nowhere.
SIGNS = "a1 -.@(["
ENDS = ("!", " ")
SLOWER_THAN_READING = 50


class Own(NamedTuple):
    """A pattern of the product and the way in which it is used."""

    pattern: Any
    way: str


def test_every_pattern_is_as_quick_as_reading() -> None:
    slow = [(own, repr(text[:4])) for own in sorted(own_patterns(), key=repr) for text in _slow_texts(own)]
    assert slow == []


def test_the_patterns_are_found() -> None:
    found = {str(own.pattern.pattern if isinstance(own.pattern, re.Pattern) else own.pattern) for own in own_patterns()}
    assert len(found) > 20


@pytest.mark.parametrize("pattern", [r"a+x", r"(1+)(1+)x"])
def test_a_slow_pattern_would_be_found(pattern: str) -> None:
    assert list(_slow_texts(Own(pattern, "search")))


def own_patterns() -> set[Own]:
    return set(
        itertools.chain.from_iterable(_patterns_of(module, Path(str(module.__file__))) for module in _own_modules())
    )


def _own_modules() -> Iterator[ModuleType]:
    root = Path(settings.BASE_DIR)
    for app in (config for config in apps.get_app_configs() if Path(config.path).parent == root):
        for path in Path(app.path).rglob("*.py"):
            if "migrations" not in path.parts:
                yield import_module(".".join(path.relative_to(root).with_suffix("").parts))


def _patterns_of(module: ModuleType, path: Path) -> Iterator[Own]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WAYS):
            continue
        user = node.func.value
        if not isinstance(user, ast.Name):
            continue
        if user.id == "re":
            yield Own(_value(node.args[0], module), node.func.attr)
        elif isinstance(pattern := getattr(module, user.id, None), re.Pattern):
            yield Own(pattern, node.func.attr)


def _value(argument: ast.expr, module: ModuleType) -> Any:
    return getattr(module, argument.id) if isinstance(argument, ast.Name) else ast.literal_eval(argument)


def _slow_texts(own: Own) -> Iterator[str]:
    """The first one, of those that take longer than a simple pattern needs to read them."""
    rows = [*SIGNS, *(one + other for one, other in itertools.permutations(SIGNS, 2))]
    is_bytes = isinstance(own.pattern, re.Pattern) and isinstance(own.pattern.pattern, bytes)
    for length, row, end in itertools.product(LENGTHS, rows, ENDS):
        text = (row * length)[:length] + end
        use = _use(own, text.encode() if is_bytes else text)
        limit = SLOWER_THAN_READING * _reading(length)
        # A second look: somebody else may have had the processor.
        if _seconds(use) > limit and _seconds(use) > limit:
            yield text
            return


def _use(own: Own, text: Any) -> Callable[[], object]:
    use = getattr(re, own.way)
    if own.way == "sub":
        return lambda: use(own.pattern, text[:0], text)
    return lambda: list(use(own.pattern, text) or ()) if own.way == "finditer" else use(own.pattern, text)


@cache
def _reading(length: int) -> float:
    """What reading that many signs takes at least."""
    return min(_seconds(lambda: re.sub("[^x]", "", "a" * length)) for _ in range(5))


def _seconds(use: Callable[[], object]) -> float:
    start = time.thread_time()
    use()
    return time.thread_time() - start
