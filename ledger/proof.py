"""What the nightly proof has found last, for people: every balance equals its bookings, or what to look at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from events.models import Event, JobRun

PROOF: Final = "ledger.proof"


@dataclass(frozen=True, slots=True)
class Proof:
    """How many accounts were proven and how many of them are not sound; no figures where it could not be made."""

    at: datetime
    accounts: int | None = None
    unsound: int = 0

    @property
    def is_sound(self) -> bool:
        return self.accounts is not None and not self.unsound


def latest_proof() -> Proof | None:
    """Of the last night; None where there was none yet."""
    run = JobRun.objects.filter(job=PROOF).exclude(finished_at=None).order_by("-due_on").first()
    if run is None or run.finished_at is None:
        return None
    during = Event.objects.filter(occurred_at__gte=run.started_at, occurred_at__lte=run.finished_at)
    found = during.filter(name="ledger.proved").order_by("-id").first()
    if found is None:
        return Proof(at=run.finished_at)
    return Proof(at=found.occurred_at, accounts=found.payload.get("accounts", 0), unsound=len(found.payload["unsound"]))
