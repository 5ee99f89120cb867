"""`python -m devtools.bench.analytics.night first|night|proof`: what the product does with the figures of all shops."""

import sys
from collections.abc import Callable
from datetime import date

import django

django.setup()

# Scoring is loaded here, so that this is over before the clock starts, as with DuckDB.
from analytics import jobs, scoring  # noqa: E402, F401 - needs the loaded app registry
from analytics.rollups.proof import prove_figures  # noqa: E402
from devtools.bench.analytics.past import TODAY, YESTERDAY  # noqa: E402
from devtools.bench.analytics.processor import report  # noqa: E402
from tenants.models import Tenant  # noqa: E402


def night(today: date) -> None:
    """As on any day but Sundays."""
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


RUNS: dict[str, Callable[[], None]] = {
    "first": lambda: night(YESTERDAY),
    "night": lambda: night(TODAY),
    "proof": lambda: proof(TODAY),
}

if __name__ == "__main__":
    report(RUNS[sys.argv[1]])
