"""`python -m devtools.bench.analytics.night night|proof DAY`: what the product does with the figures of all shops."""

import sys
from collections.abc import Callable
from datetime import date

import django

django.setup()

# Scoring is loaded here, so that this is over before the clock starts, as with DuckDB.
from analytics import jobs, scoring  # noqa: E402, F401 - needs the loaded app registry
from analytics.rollups.proof import prove_figures  # noqa: E402
from devtools.bench.analytics.processor import report  # noqa: E402
from tenants.models import Tenant  # noqa: E402


def night(today: date) -> None:
    """Up to the day before, as on any day but Sundays."""
    for tenant in Tenant.objects.order_by("pk"):
        jobs.draw(tenant, today)
        jobs.rate(tenant, today)


def proof(today: date) -> None:
    """Everything drawn from the purchases, and everybody scored."""
    for tenant in Tenant.objects.order_by("pk"):
        proved = prove_figures(tenant, today=today)
        if not proved.holds:
            raise AssertionError(f"{tenant.slug}: {proved}")
        jobs.rate(tenant, today)


RUNS: dict[str, Callable[[date], None]] = {"night": night, "proof": proof}

if __name__ == "__main__":
    name, day = sys.argv[1:]
    report(lambda: RUNS[name](date.fromisoformat(day)))
