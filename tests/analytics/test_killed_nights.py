"""Nights that are killed at any moment are made up for: every day is drawn once, and nothing is counted twice."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import Final

import pytest
from django.conf import settings

from analytics.models import BaseFigures, CustomerScore, ScoringRun
from analytics.rollups.proof import Proof, prove_figures
from events.models import JobRun
from events.schedule import jobs, run_job
from programs.models import LateChange, Purchase
from programs.services import void_purchase
from tenants.calendar import midnight
from tenants.roles import SYSTEM
from tests.analytics.test_scoring import live_through
from tests.factories import NOW, Shop, make_purchase, make_shop
from tests.processes import database_url

JOBS: Final = ("analytics.figures", "analytics.scores")
# Small chunks, so that there are many moments between two of them.
NIGHT: Final = """
import sys
from datetime import datetime
import django
django.setup()
from analytics.rollups import nightly
from events.schedule import jobs, run_job
from tenants.models import Tenant
nightly.COUNTED_AT_ONCE, nightly.DAYS_AT_ONCE = 7, 5
tenant, now = Tenant.objects.get(pk=int(sys.argv[1])), datetime.fromisoformat(sys.argv[2])
print("ready", flush=True)
for name in sys.argv[3:]:
    run_job(jobs()[name], tenant=tenant, now=now)
"""


def night_that_is_killed(shop: Shop, now: datetime, *, after: float) -> bool:
    """Whether it was killed before it had come to its end."""
    process = subprocess.Popen(
        [sys.executable, "-c", NIGHT, str(shop.tenant.pk), now.isoformat(), *JOBS],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "loyalty.settings"},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"ready\n"
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


@pytest.mark.django_db(transaction=True)
def test_a_night_that_is_killed_at_any_moment_is_made_up_for(request: pytest.FixtureRequest) -> None:
    shop, other = make_shop(), make_shop()
    with shop.scope():
        people = live_through(60)
    chance, killed = random.Random(1), 0
    first = midnight(NOW.date() + timedelta(days=1), zone=shop.tenant.zone) + timedelta(hours=5)
    nights = request.config.getoption("--killed-nights")
    for number in range(nights):
        now = first + timedelta(days=number)
        with shop.scope():
            # Of the day that is over, and of one long ago.
            make_purchase(customer=chance.choice(people), now=now - timedelta(days=1))
            some = Purchase.objects.filter(voided_at=None).order_by("pk")[chance.randrange(50)]
            void_purchase(purchase=some, actor=SYSTEM, now=now)
        killed += night_that_is_killed(shop, now, after=chance.uniform(0, 0.6))
        with shop.scope():
            JobRun.objects.filter(state="running").update(leased_until=now - timedelta(seconds=1))
        for name in JOBS:
            run_job(jobs()[name], tenant=shop.tenant, now=now)
    assert killed > nights / 2
    with shop.scope():
        done = JobRun.objects.filter(state="done", job__in=JOBS)
        assert done.count() == JobRun.objects.count() == len(JOBS) * nights
        assert not LateChange.objects.exists()
        assert ScoringRun.objects.count() == nights
        assert CustomerScore.objects.count() == len(people)
        last = first.date() + timedelta(days=nights - 1)
        assert BaseFigures.objects.filter(store=None, day__lt=last).latest("day").day == last - timedelta(days=1)
    proof = prove_figures(shop.tenant, today=last)
    assert (proof.unequal_customers, proof.unequal_days) == (0, 0)
    assert proof.customers > 50
    assert prove_figures(other.tenant, today=last) == Proof()
