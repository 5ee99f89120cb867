"""What time alone does to an account: pending points become available, overdue ones expire. Pure arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class LotState(Protocol):
    remaining: int
    is_pending: bool
    available_at: datetime
    expires_at: datetime | None


@dataclass(slots=True)
class Settlement:
    """An account's figures at a moment, and what happened to which lots on the way there.

    `filled` and `expired` hold (position of the lot in the input, points).
    """

    balance: int
    pending: int
    filled: list[tuple[int, int]] = field(default_factory=list)
    expired: list[tuple[int, int]] = field(default_factory=list)
    matured: list[int] = field(default_factory=list)


def settlement(*, balance: int, pending: int, lots: Iterable[LotState], now: datetime) -> Settlement:
    """Apply every change that is due at `now`, in the order in which it fell due.

    A lot that becomes available fills a deficit first; an expiry takes only what is left of its lot, and of a lot that
    is not yet available it takes pending points.
    """
    result = Settlement(balance=balance, pending=pending)
    numbered = list(enumerate(lots))
    remaining = {position: lot.remaining for position, lot in numbered}
    waiting = {position for position, lot in numbered if lot.is_pending}
    due: list[tuple[datetime, int, int, str]] = []
    for position, lot in numbered:
        if lot.is_pending and lot.available_at <= now:
            due.append((lot.available_at, 0, position, "matures"))
        if lot.expires_at is not None and lot.expires_at <= now:
            due.append((lot.expires_at, 1, position, "expires"))
    for _, _, position, change in sorted(due):
        if change == "matures":
            waiting.remove(position)
            _mature(result, position, remaining)
        elif remaining[position]:
            _expire(result, position, remaining, is_pending=position in waiting)
    return result


def _mature(result: Settlement, position: int, remaining: dict[int, int]) -> None:
    filling = min(remaining[position], max(-result.balance, 0))
    result.pending -= remaining[position]
    result.balance += remaining[position]
    result.matured.append(position)
    if filling:
        result.filled.append((position, filling))
        remaining[position] -= filling


def _expire(result: Settlement, position: int, remaining: dict[int, int], *, is_pending: bool) -> None:
    if is_pending:
        result.pending -= remaining[position]
    else:
        result.balance -= remaining[position]
    result.expired.append((position, remaining[position]))
    remaining[position] = 0
