"""Trying out what the database would do if it were built otherwise, in a transaction that is always rolled back."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from tenants.scope import guard
from tests.conftest import become


class Laboratory:
    """Everything happens in one transaction as the application, except for what `as_owner` and `as_admin` do."""

    def as_owner(self, *statements: str) -> None:
        self._run_as("migrator", statements)

    def as_admin(self, *statements: str) -> None:
        self._run_as("none", statements)

    def as_application(self) -> None:
        rows("SET LOCAL ROLE app")

    def owner_rows(self, statement: str) -> list[Any]:
        rows("SET LOCAL ROLE migrator")
        try:
            with unguarded():
                return rows(statement)
        finally:
            self.as_application()

    def _run_as(self, role: str, statements: tuple[str, ...]) -> None:
        rows(f"SET LOCAL ROLE {role}")
        with unguarded():
            for statement in statements:
                rows(statement)
        self.as_application()


@contextmanager
def open_laboratory() -> Iterator[Laboratory]:
    """Log Django's connection in as the admin, act as the application, and leave nothing behind."""
    become(os.environ["ADMIN_DATABASE_URL"])
    try:
        with transaction.atomic():
            laboratory = Laboratory()
            laboratory.as_application()
            try:
                yield laboratory
            finally:
                transaction.set_rollback(True)
    finally:
        become(os.environ["DATABASE_URL"])


def rows(statement: str, *parameters: Any) -> list[Any]:
    """Run a statement on Django's connection; its rows, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else []


def changed(statement: str, *parameters: Any) -> int:
    """Run a statement on Django's connection; how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.rowcount


@contextmanager
def unguarded() -> Iterator[None]:
    """Take the first wall away, so that a test sees the second one: the database."""
    connection.ensure_connection()
    wrappers = connection.execute_wrappers
    before = list(wrappers)
    wrappers[:] = [wrapper for wrapper in wrappers if wrapper is not guard]
    try:
        yield
    finally:
        wrappers[:] = before
