"""Everything that is stored about a customer, collected from every app that holds some of it.

An app says what it holds in its module `personal_data`; those are found when the apps load.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone

from customers.models import Customer
from tenants.scope import current_tenant

# One thing that is stored, by column: text, numbers, dates, or None.
Row = dict[str, Any]
Collector = Callable[[Customer], list[Row]]


@dataclass(frozen=True, slots=True)
class Section:
    """What one app holds of one kind; `rows` is empty where there is nothing."""

    name: str
    rows: list[Row]


_collectors: dict[str, Collector] = {}


def holds(name: str) -> Callable[[Collector], Collector]:
    """Register what an app holds about a customer under the name that the section has in the export."""

    def register(collect: Collector) -> Collector:
        if name in _collectors:
            raise ValueError(f"two apps hold {name!r}")
        _collectors[name] = collect
        return collect

    return register


def sections_of(customer: Customer) -> list[Section]:
    """Lowest app first."""
    return [Section(name=name, rows=collect(customer)) for name, collect in _collectors.items()]


def stored(row: Model, *, without: Collection[str] = ()) -> Row:
    """Every column of a row but keys and what is named, so that a new column is in the export by itself."""
    columns = [field for field in row._meta.concrete_fields if not field.is_relation and field.name not in {"id", "pk"}]
    return {field.name: plain(field.value_from_object(row)) for field in columns if field.name not in without}


def plain(value: Any) -> Any:
    """As JSON has it; moments in the shop's time zone, in whole seconds."""
    if isinstance(value, datetime):
        return timezone.localtime(value, current_tenant().zone).isoformat(timespec="seconds")
    return value if value is None or isinstance(value, bool | int | str | list) else str(value)
