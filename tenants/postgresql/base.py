"""A statement whose answer nobody waits for travels with the next one, in their order and in one round trip.

BEGIN, savepoints and what `later` is given wait here until something is asked, at the latest for the COMMIT. A failure
of one of them is a failure of the statement that they travel with; the transaction is then as broken as it would be.

To plan a statement takes the database longer than to carry it out. One that is `Fixed` is planned once for each
connection: what is sent is the name of its plan, and the values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction
from django.db.transaction import TransactionManagementError

Receive = Callable[[list[tuple[Any, ...]]], None]
# Never one twice: a name may be taken although whoever took it has met an error and knows nothing of it.
_numbers = count(1)


class Fixed(str):
    """A statement that is sent again and again; only its values differ. Its one `%` is that of `%s`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A statement with its values, who gets the answer, and which statement it has prepared under which name."""

    text: str
    receive: Receive | None = None
    prepares: tuple[Fixed, str] | None = None


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
        if self.wrapper is None:
            return super().execute(query, params, **options)
        query = self.wrapper.planned(query)
        waiting = self.wrapper.taken()
        if not waiting:
            return super().execute(query, params, **options)
        # Several statements in one message: values are put into the text, as this cursor does anyway.
        super().execute(";\n".join([*(one.text for one in waiting), self.mogrify(query, params)]))
        for one in waiting:
            if one.receive is not None:
                one.receive(self.fetchall())
            self.nextset()
        self.wrapper.note_prepared(waiting)
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
        self._waiting: list[Waiting] = []
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
        with self.wrap_database_errors:
            text = self._pen.mogrify(self.planned(statement), params)
        self._waiting.append(Waiting(text, receive))
        self._must_be_sent = self._must_be_sent or writes

    def planned(self, statement: Any) -> Any:
        """How to say a statement: one that is Fixed by its name, which is prepared first where it has none yet."""
        if not isinstance(statement, Fixed):
            return statement
        places = statement.count("%s")
        name = self._prepared.get(statement) or self._name_in_waiting(statement)
        if name is None:
            name = f"fixed_{next(_numbers)}"
            text = statement % tuple(f"${number}" for number in range(1, places + 1))
            self._waiting.append(Waiting(f"PREPARE {name} AS {text}", prepares=(statement, name)))
        return f"EXECUTE {name} ({', '.join(['%s'] * places)})" if places else f"EXECUTE {name}"

    def note_prepared(self, sent: list[Waiting]) -> None:
        self._prepared.update(one.prepares for one in sent if one.prepares)

    def taken(self) -> list[Waiting]:
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
        # Puts values into texts.
        self._pen = connection.cursor()
        # Names by statement, for as long as the connection lives; a pool hands it from one to the next.
        self._prepared: dict[Fixed, str] = connection.__dict__.setdefault("_prepared_by_us", {})
        return connection

    def _name_in_waiting(self, statement: Fixed) -> str | None:
        return next((one.prepares[1] for one in self._waiting if one.prepares and one.prepares[0] == statement), None)

    def _wait(self, statement: str) -> None:
        self._waiting.append(Waiting(statement))

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
        has_begun = not self._begin_waits
        self.taken()
        if has_begun:
            super()._rollback()  # type: ignore[misc]

    @property
    def _is_unknown_to_the_database(self) -> bool:
        """Nothing was asked and nothing written since BEGIN."""
        return self._begin_waits and not self._must_be_sent

    @property
    def _begin_waits(self) -> bool:
        return bool(self._waiting) and self._waiting[0].text == "BEGIN"
