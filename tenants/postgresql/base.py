"""A statement whose answer nobody waits for travels with the next one, in their order and in one round trip.

BEGIN, savepoints and what `later` is given wait here until something is asked, at the latest for the COMMIT. A failure
of one of them is a failure of the statement that they travel with; the transaction is then as broken as it would be.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction
from django.db.transaction import TransactionManagementError

Receive = Callable[[list[tuple[Any, ...]]], None]


if TYPE_CHECKING:
    from psycopg import ClientCursor

    PsycopgCursor = ClientCursor[Any]
else:
    PsycopgCursor = base.Cursor


class Cursor(PsycopgCursor):
    """Takes along what waits on its connection."""

    # None for a cursor that was not made for a query of ours, as to find out whether the connection still lives.
    wrapper: "DatabaseWrapper | None" = None

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        waiting = self.wrapper.taken() if self.wrapper else []
        if not waiting:
            return super().execute(query, params, **options)
        # Several statements in one message: values are put into the text, as this cursor does anyway.
        super().execute(";\n".join([*(text for text, _ in waiting), self.mogrify(query, params)]))
        for _, receive in waiting:
            if receive is not None:
                receive(self.fetchall())
            self.nextset()
        return self

    def executemany(self, *arguments: Any, **options: Any) -> Any:
        self._send_waiting()
        return super().executemany(*arguments, **options)

    def copy(self, *arguments: Any, **options: Any) -> Any:
        self._send_waiting()
        return super().copy(*arguments, **options)

    def _send_waiting(self) -> None:
        if self.wrapper:
            self.wrapper.send_waiting()


class DatabaseWrapper(base.DatabaseWrapper):
    """psycopg stays in autocommit: BEGIN is a statement like others, and can wait."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._waiting: list[tuple[str, Receive | None]] = []
        # Whether something waits that the database must hear of even where nothing follows.
        self._must_be_sent = False

    def later(
        self, statement: str, params: Sequence[Any] = (), *, writes: bool = True, receive: Receive | None = None
    ) -> None:
        """Execute it with the next statement; what it answers goes to `receive`. Only inside a transaction.

        What `writes` is sent with the COMMIT at the latest; anything else only matters to what follows it.
        """
        if not self.in_atomic_block:
            raise TransactionManagementError("nothing can wait outside a transaction")
        self.validate_no_broken_transaction()
        with self.wrap_database_errors, self.create_cursor() as cursor:
            text = cursor.mogrify(statement, params)
        self._wait(text, receive)
        self._must_be_sent = self._must_be_sent or writes

    def taken(self) -> list[tuple[str, Receive | None]]:
        waiting, self._waiting, self._must_be_sent = self._waiting, [], False
        return waiting

    def send_waiting(self) -> None:
        if self._waiting:
            with self.create_cursor() as cursor:
                cursor.execute("")

    def create_cursor(self, name: str | None = None) -> Any:
        if name:
            self.send_waiting()
            cursor = super().create_cursor(name)
            # Inside a transaction nothing has to outlive it.
            cursor._withhold = self.autocommit
            return cursor
        cursor = super().create_cursor()
        cursor.wrapper = self
        return cursor

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self.taken()
        connection = super().get_new_connection(conn_params)
        connection.cursor_factory = Cursor
        return connection

    def _wait(self, statement: str, receive: Receive | None = None) -> None:
        self._waiting.append((statement, receive))

    # Django calls this hook where a database begins transactions by a statement of its own.
    def _start_transaction_under_autocommit(self) -> None:
        self._wait("BEGIN")

    def _savepoint(self, sid: str) -> None:
        self._wait(self.ops.savepoint_create_sql(sid))

    def _savepoint_commit(self, sid: str) -> None:
        self._wait(self.ops.savepoint_commit_sql(sid))

    def _commit(self) -> None:
        if self.connection is None:
            return
        if self._is_unknown_to_the_database:
            self.taken()
            return
        with debug_transaction(self, "COMMIT"), self.wrap_database_errors, self.create_cursor() as cursor:
            cursor.execute("COMMIT")

    def _rollback(self) -> None:
        has_begun = not self._waiting or self._waiting[0][0] != "BEGIN"
        self.taken()
        if has_begun:
            super()._rollback()  # type: ignore[misc]

    @property
    def _is_unknown_to_the_database(self) -> bool:
        """Nothing was asked and nothing written since BEGIN."""
        return bool(self._waiting) and self._waiting[0][0] == "BEGIN" and not self._must_be_sent
