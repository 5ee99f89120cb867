"""Who reacts to which event: handlers register here when the apps load."""

from collections import defaultdict
from collections.abc import Callable

from events.models import Event

Handler = Callable[[Event], None]

_in_transaction: dict[str, list[Handler]] = defaultdict(list)
_delivered: dict[str, dict[str, Handler]] = defaultdict(dict)
# How often a handler is tried that does not have the usual number of attempts.
_attempts: dict[str, int] = {}


def handles(*names: str, in_transaction: bool = False, attempts: int | None = None) -> Callable[[Handler], Handler]:
    """Register a reaction to the named events.

    With `in_transaction` it runs inside `publish()`, in layer order, and may only touch the database; otherwise it is
    delivered by Celery, exactly once, in a scope and transaction of its own. The pauses between attempts grow fivefold:
    8 last for a day.
    """

    def register(handler: Handler) -> Handler:
        for name in names:
            if in_transaction:
                _in_transaction[name].append(handler)
            else:
                _delivered[name][handler_name(handler)] = handler
        if attempts is not None:
            _attempts[handler_name(handler)] = attempts
        return handler

    return register


def handler_name(handler: Handler) -> str:
    return f"{handler.__module__}.{handler.__qualname__}"


def reactions(name: str) -> list[Handler]:
    """Handlers that run inside the publishing transaction, lowest layer first."""
    return _in_transaction.get(name, [])


def handlers(name: str) -> dict[str, Handler]:
    """Handlers that Celery delivers to, by their stable name."""
    return _delivered.get(name, {})


def attempts_of(handler: str, *, usual: int) -> int:
    """How often the handler of this name is tried before its delivery is parked."""
    return _attempts.get(handler, usual)
