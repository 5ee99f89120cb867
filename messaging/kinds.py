"""What can be said to customers: every app declares its own kinds of messages in its module `messages`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from tenants.contact import normal_name
from tenants.locales import date_text, number_text

# What a caller states about a fact: kept as JSON, written in the reader's language when the mail is made.
Fact = str | int | date
Facts = Mapping[str, Fact]


class Purpose(StrEnum):
    """Advertising goes only to those who have agreed to it; the rest belongs to what the customer has joined."""

    SERVICE = "service"
    MARKETING = "marketing"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Stands in a text as `{code}`. `write` turns the stored fact into words in the active language."""

    code: str
    meaning: Any
    example: Fact
    write: Callable[[Any], str] = str
    # A text without it would not say what it is for.
    is_needed: bool = False

    @property
    def shown(self) -> str:
        """As it stands in a text."""
        return f"{{{self.code}}}"

    def written(self, fact: Any) -> str:
        """On one line, without control characters."""
        return normal_name(self.write(fact))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of message; `label`, `occasion`, `subject`, `body` and `button` are translatable."""

    code: str
    label: Any
    # When it is sent, in words for the merchant.
    occasion: Any
    subject: Any
    body: Any
    placeholders: tuple[Placeholder, ...] = ()
    purpose: Purpose = Purpose.SERVICE
    # Customers rely on it, so that no shop can switch it off.
    is_always_sent: bool = False
    # Under the text, with where it leads: a path of the shop's host that may hold placeholders.
    button: Any = None
    path: str = "/"

    @property
    def is_marketing(self) -> bool:
        return self.purpose is Purpose.MARKETING

    @property
    def examples(self) -> dict[str, Any]:
        return {placeholder.code: stored(placeholder.example) for placeholder in self.placeholders}


_kinds: dict[str, Kind] = {}


def declare(kind: Kind) -> Kind:
    if kind.code in _kinds:
        raise ValueError(f"two apps send {kind.code!r}")
    _kinds[kind.code] = kind
    return kind


def kinds() -> list[Kind]:
    """Lowest app first."""
    return list(_kinds.values())


def kind_called(code: str) -> Kind | None:
    return _kinds.get(code)


def stored(fact: Fact) -> str | int:
    """As JSON has it."""
    return fact.isoformat() if isinstance(fact, date) else fact


def day_in_words(fact: str) -> str:
    """For placeholders that hold a date."""
    return date_text(date.fromisoformat(fact))


def number_in_words(fact: int) -> str:
    return number_text(fact)
