"""Telling the planner what it cannot know."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.utils import CursorWrapper


@contextmanager
def without_nested_loops(cursor: CursorWrapper) -> Iterator[None]:
    """For many rows that the planner takes for few, and would go through once for each of the others."""
    cursor.execute("SET LOCAL enable_nestloop = off")
    yield
    cursor.execute("SET LOCAL enable_nestloop = on")
