"""Who works on an import: one worker at a time, and another one if that worker dies."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

from django.db import IntegrityError, OperationalError
from django.db.models import F, Q
from django.db.models.functions import Now

from imports.kinds import Refusal
from imports.models import Import, RefusedRow
from ledger.errors import AccountClosed
from tenants import bulk

# Every transaction of a run renews it; the longest one sorts a large file.
LEASE: Final = timedelta(minutes=2)
# A file that kills its workers is not tried for ever.
MAX_ATTEMPTS: Final = 5
# More refusals are counted but not kept: then it is the columns that are wrong, not the rows.
KEPT_REFUSALS: Final = 20_000


# Somebody at a till or another import was faster; the next try sees what they did.
TRIES: Final = 5
PAUSE_SECONDS: Final = 0.2

Result = TypeVar("Result")


class LeaseLost(Exception):
    """Somebody has stopped the import, or another worker has taken it over: whatever is not committed must not be."""


@dataclass(frozen=True)
class Lease:
    """The right to work on an import. The database's clock decides, it is the same for all workers."""

    import_id: int
    number: int

    def renew(self, **changes: Any) -> None:
        """Write changes to the import and keep it. Raises LeaseLost."""
        self._update(leased_until=Now() + LEASE, **changes)

    def end(self, state: Import.State, **changes: Any) -> None:
        """Give the import back. Raises LeaseLost."""
        self._update(leased_until=None, state=state, phase="", **changes)

    def _update(self, **changes: Any) -> None:
        held = Import.objects.filter(pk=self.import_id, lease=self.number, state=Import.State.RUNNING)
        if not held.update(**changes):
            raise LeaseLost


def patiently(act: Callable[[], Result]) -> Result:
    """Do something that is a transaction of its own, again where somebody else was in the way."""
    for attempt in range(1, TRIES):
        try:
            return act()
        except (IntegrityError, OperationalError, AccountClosed):
            time.sleep(PAUSE_SECONDS * attempt)
    return act()


def take_lease(import_id: int) -> Lease | None:
    """For an import that is to be worked on and that nobody works on; None where there is nothing to do."""
    free = Q(leased_until=None) | Q(leased_until__lt=Now())
    waiting = Import.objects.filter(free, pk=import_id, state=Import.State.RUNNING)
    if waiting.filter(attempts__gte=MAX_ATTEMPTS).update(state=Import.State.FAILED, leased_until=None):
        return None
    if not waiting.update(lease=F("lease") + 1, attempts=F("attempts") + 1, leased_until=Now() + LEASE):
        return None
    return Lease(import_id, Import.objects.values_list("lease", flat=True).get(pk=import_id))


class Logbook:
    """What a run tells of itself, in the row of its import; each note proves that it still holds the lease."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._kept = 0

    def begin(self) -> None:
        """Forget what an interrupted run has told."""
        RefusedRow.objects.filter(source=self._lease.import_id).delete()
        self._lease.renew(done=0, total=0, rows=0, recorded=0, known=0, refused=0, customers=0, points=0, sample=[])

    def note(self, **changes: Any) -> None:
        """Raises LeaseLost."""
        self._lease.renew(**changes)

    def keep(self, refusals: list[Refusal]) -> None:
        kept = refusals[: KEPT_REFUSALS - self._kept]
        rows = ((self._lease.import_id, refusal.line, refusal.reason[:300]) for refusal in kept)
        bulk.insert(RefusedRow, ("source_id", "line", "reason"), rows)
        self._kept += len(kept)


class NoLogbook(Logbook):
    """A rehearsal from the command line keeps nothing."""

    def __init__(self) -> None:
        pass

    def begin(self) -> None:
        pass

    def note(self, **changes: Any) -> None:
        pass

    def keep(self, refusals: list[Refusal]) -> None:
        pass
