"""A scheduled job runs once per shop and local day: with two schedulers, after a crash, on any clock change."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection

from events import schedule, tasks
from events.models import JobRun
from events.schedule import LEASE, MAX_ATTEMPTS, Job, daily, due_on, run_due_jobs, run_job
from team.models import Store
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.factories import Shop, make_tenant
from tests.tenants.threads import in_threads

pytestmark = pytest.mark.django_db
AT = time(2, 30)
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
BERLIN, NEW_YORK, AUCKLAND = "Europe/Berlin", "America/New_York", "Pacific/Auckland"


def counting(runs: Counter[tuple[str, date]], *, at: time = AT) -> Job:
    """A job that counts its runs by shop and day."""

    def run(tenant: Tenant, day: date) -> None:
        runs[tenant.slug, day] += 1

    return Job(name="tests.count", at=at, run=run)


def remembering(runs: list[date]) -> Job:
    return Job(name="tests.count", at=AT, run=lambda _, day: runs.append(day))


def schedule_once(job: Job, tenant: Tenant, now: datetime, _: int) -> bool:
    return run_job(job, tenant=tenant, now=now)


def failing(error: BaseException, runs: list[date] | None = None) -> Job:
    def run(tenant: Tenant, day: date) -> None:
        if runs is not None:
            runs.append(day)
        raise error

    return Job(name="tests.fail", at=AT, run=run)


def the_run(tenant: Tenant) -> JobRun:
    with tenant_scope(tenant):
        return JobRun.objects.get()


def tick(job: Job, tenant: Tenant, start: datetime, *, hours: int, minutes: int = 15) -> None:
    """A scheduler that ticks through the hours, in UTC as the product's does."""
    for step in range(hours * 60 // minutes):
        run_job(job, tenant=tenant, now=start + timedelta(minutes=step * minutes))


# --- When a job is due ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "now", "day"),
    [
        (BERLIN, "2026-03-10T01:29:59+01:00", date(2026, 3, 9)),
        (BERLIN, "2026-03-10T02:29:59+01:00", date(2026, 3, 9)),
        (BERLIN, "2026-03-10T02:30:00+01:00", date(2026, 3, 10)),
        (BERLIN, "2026-03-10T23:59:59+01:00", date(2026, 3, 10)),
        # Spring: 02:30 does not exist, at 03:00 it has passed.
        (BERLIN, "2026-03-29T01:59:59+01:00", date(2026, 3, 28)),
        (BERLIN, "2026-03-29T03:00:00+02:00", date(2026, 3, 29)),
        # Autumn: 02:30 comes twice, and between the two the clock shows 02:00 again.
        (BERLIN, "2026-10-25T02:30:00+02:00", date(2026, 10, 25)),
        (BERLIN, "2026-10-25T02:00:00+01:00", date(2026, 10, 24)),
        (BERLIN, "2026-10-25T02:30:00+01:00", date(2026, 10, 25)),
        (NEW_YORK, "2026-03-08T03:00:00-04:00", date(2026, 3, 8)),
        (NEW_YORK, "2026-03-10T02:29:00-04:00", date(2026, 3, 9)),
        # Half a day ahead of Greenwich: the local day is already the next one.
        (AUCKLAND, "2026-03-09T13:30:00+00:00", date(2026, 3, 10)),
        (AUCKLAND, "2026-03-09T13:29:00+00:00", date(2026, 3, 9)),
    ],
)
def test_a_job_is_due_once_the_wall_clock_has_passed_its_time(zone: str, now: str, day: date) -> None:
    moment = datetime.fromisoformat(now).astimezone(UTC)
    assert due_on(at=AT, zone=ZoneInfo(zone), now=moment) == day


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        (BERLIN, date(2026, 3, 29)),
        (BERLIN, date(2026, 10, 25)),
        (NEW_YORK, date(2026, 3, 8)),
        (NEW_YORK, date(2026, 11, 1)),
        (AUCKLAND, date(2026, 9, 27)),
        (AUCKLAND, date(2026, 4, 5)),
    ],
)
def test_a_job_runs_once_on_the_day_the_clock_changes_and_on_the_days_around(zone: str, change: date) -> None:
    tenant = make_tenant(time_zone=zone)
    runs: Counter[tuple[str, date]] = Counter()
    eve = datetime.combine(change - timedelta(days=1), time(12), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    tick(counting(runs), tenant, eve, hours=48)
    assert runs == {(tenant.slug, change + timedelta(days=shift)): 1 for shift in (-1, 0, 1)}


def test_shops_around_the_world_each_have_their_own_day() -> None:
    shops = [
        make_tenant(slug, time_zone=zone) for slug, zone in [("berlin", BERLIN), ("york", NEW_YORK), ("auck", AUCKLAND)]
    ]
    runs: Counter[tuple[str, date]] = Counter()
    job = counting(runs)
    for tenant in shops:
        run_job(job, tenant=tenant, now=datetime(2026, 3, 10, 14, tzinfo=UTC))
    assert set(runs) == {("berlin", date(2026, 3, 10)), ("york", date(2026, 3, 10)), ("auck", date(2026, 3, 11))}


def test_after_missed_days_a_job_runs_once_for_the_latest() -> None:
    tenant = make_tenant()
    runs: Counter[tuple[str, date]] = Counter()
    job = counting(runs)
    run_job(job, tenant=tenant, now=NOW)
    tick(job, tenant, NOW + timedelta(days=4), hours=2)
    assert runs == {(tenant.slug, date(2026, 3, 10)): 1, (tenant.slug, date(2026, 3, 14)): 1}


def test_a_new_shop_s_jobs_run_at_the_first_tick() -> None:
    tenant = make_tenant()
    runs: Counter[tuple[str, date]] = Counter()
    assert run_job(counting(runs), tenant=tenant, now=datetime(2026, 3, 10, 0, 10, tzinfo=UTC))
    assert runs == {(tenant.slug, date(2026, 3, 9)): 1}


# --- Once -----------------------------------------------------------------------------------------------------------


def test_a_job_runs_once_a_day_and_says_so(shop: Shop) -> None:
    runs: Counter[tuple[str, date]] = Counter()
    job = counting(runs)
    assert run_job(job, tenant=shop.tenant, now=NOW)
    assert not run_job(job, tenant=shop.tenant, now=NOW)
    assert not run_job(job, tenant=shop.tenant, now=NOW + timedelta(hours=12))
    assert sum(runs.values()) == 1
    run = the_run(shop.tenant)
    assert (run.state, run.attempts, run.error, run.due_on) == (JobRun.State.DONE, 1, "", date(2026, 3, 10))
    assert run.finished_at is not None


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_run_a_job_once(shop: Shop) -> None:
    for day in range(20):
        now = NOW + timedelta(days=day)
        runs: list[date] = []
        outcomes = in_threads(2, partial(schedule_once, remembering(runs), shop.tenant, now))
        assert sorted(outcomes) == [False, True]  # type: ignore[type-var]
        assert runs == [now.date()]


def test_a_job_may_write_in_chunks_of_its_own(shop: Shop) -> None:
    def run(tenant: Tenant, day: date) -> None:
        for number in range(3):
            with tenant_scope(tenant):
                Store.objects.create(code=str(number), name="chunk")

    assert run_job(Job(name="tests.chunks", at=AT, run=run), tenant=shop.tenant, now=NOW)
    with shop.scope():
        assert Store.objects.count() == 4


# --- Failure and death ----------------------------------------------------------------------------------------------


def test_a_failed_job_is_tried_five_times_and_stays_visible(shop: Shop) -> None:
    runs: list[date] = []
    job = failing(ValueError("no paper"), runs)
    outcomes = [run_job(job, tenant=shop.tenant, now=NOW + timedelta(minutes=5 * step)) for step in range(8)]
    assert outcomes == [True] * MAX_ATTEMPTS + [False] * 3
    assert runs == [date(2026, 3, 10)] * MAX_ATTEMPTS
    run = the_run(shop.tenant)
    assert (run.state, run.attempts) == (JobRun.State.FAILED, 5)
    assert run.error.startswith("ValueError at "), "what it says may quote a customer"
    assert "no paper" not in run.error


def test_a_job_that_failed_yesterday_runs_today(shop: Shop) -> None:
    run_job(failing(ValueError()), tenant=shop.tenant, now=NOW)
    runs: list[date] = []
    job = Job(name="tests.fail", at=AT, run=lambda _, day: runs.append(day))
    assert run_job(job, tenant=shop.tenant, now=NOW + timedelta(days=1))
    assert runs == [date(2026, 3, 11)]


def test_a_job_that_fails_and_then_succeeds_forgets_its_error(shop: Shop) -> None:
    run_job(failing(ValueError("no paper")), tenant=shop.tenant, now=NOW)
    job = Job(name="tests.fail", at=AT, run=lambda *_: None)
    run_job(job, tenant=shop.tenant, now=NOW)
    run = the_run(shop.tenant)
    assert (run.state, run.attempts, run.error) == (JobRun.State.DONE, 2, "")


def test_one_failing_job_stops_no_other(shop: Shop) -> None:
    runs: list[str] = []

    def fail(tenant: Tenant, day: date) -> None:
        raise ZeroDivisionError

    def succeed(tenant: Tenant, day: date) -> None:
        runs.append(tenant.slug)

    daily("tests.first", at=AT)(fail)
    daily("tests.second", at=AT)(succeed)
    assert run_due_jobs(shop.tenant, now=NOW) == ["tests.first", "tests.second"]
    assert runs == ["morgenrot"]


@pytest.mark.django_db(transaction=True)
def test_one_failing_shop_stops_no_other(shops: tuple[Shop, Shop], eager: None) -> None:
    runs: list[str] = []
    daily("tests.count", at=AT)(lambda tenant, _: runs.append(tenant.slug))
    Tenant.objects.filter(pk=shops[0].tenant.pk).update(time_zone="Europe/Nowhere")
    tasks.tick()
    assert runs == ["nordlicht"]


@pytest.mark.django_db(transaction=True)
def test_a_tick_runs_every_shop_s_due_jobs_once(shops: tuple[Shop, Shop], eager: None) -> None:
    runs: list[str] = []
    daily("tests.count", at=AT)(lambda tenant, _: runs.append(tenant.slug))
    for _ in range(3):
        tasks.tick()
    assert runs == ["morgenrot", "nordlicht"]


def test_a_lease_is_held_while_it_lasts_and_taken_over_afterwards(shop: Shop) -> None:
    class Killed(BaseException):
        """Stands for a worker that dies."""

    with pytest.raises(Killed):
        run_job(failing(Killed()), tenant=shop.tenant, now=NOW)
    assert the_run(shop.tenant).state == JobRun.State.RUNNING
    runs: list[date] = []
    job = Job(name="tests.fail", at=AT, run=lambda _, day: runs.append(day))
    assert not run_job(job, tenant=shop.tenant, now=NOW + LEASE)
    assert run_job(job, tenant=shop.tenant, now=NOW + LEASE + timedelta(seconds=1))
    assert not run_job(job, tenant=shop.tenant, now=NOW + 3 * LEASE)
    assert runs == [date(2026, 3, 10)]


@pytest.mark.parametrize("late", [lambda: None, lambda: 1 / 0], ids=["finishes", "fails"])
def test_whoever_lost_the_lease_does_not_settle_the_run_of_its_new_holder(shop: Shop, late: Callable[[], None]) -> None:
    """The first holder was only slow. While the second one runs, nobody else may take or close the run."""

    def slow(tenant: Tenant, day: date) -> None:
        with tenant_scope(tenant):
            taken = schedule._take_lease(job, day, now=NOW + LEASE + timedelta(minutes=1))
        assert taken is not None
        late()

    job = Job(name="tests.slow", at=AT, run=slow)
    run_job(job, tenant=shop.tenant, now=NOW)
    run = the_run(shop.tenant)
    assert (run.state, run.attempts, run.finished_at) == (JobRun.State.RUNNING, 2, None)


KILLED = """
import sys, time
import django
django.setup()
from datetime import datetime, time as clock
from events.schedule import Job, run_job
from tenants.models import Tenant

def hold(tenant, day):
    print("holding", flush=True)
    time.sleep(60)

run_job(Job(name="tests.count", at=clock(2, 30), run=hold), tenant=Tenant.objects.get(slug="morgenrot"),
        now=datetime.fromisoformat(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_worker_was_killed_runs_again_exactly_once_after_its_lease(shop: Shop) -> None:
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    connection.close()
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED, NOW.isoformat()],
        cwd=Path(settings.BASE_DIR),
        env=os.environ
        | {"DATABASE_URL": urlunsplit(url), "DB_POOL": "0", "DJANGO_SETTINGS_MODULE": "loyalty.settings"},
        stdout=subprocess.PIPE,
    )
    with worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"holding\n"
        worker.send_signal(signal.SIGKILL)
    runs: Counter[tuple[str, date]] = Counter()
    tick(counting(runs), shop.tenant, NOW, hours=2, minutes=5)
    assert runs == {("morgenrot", date(2026, 3, 10)): 1}
    run = the_run(shop.tenant)
    assert (run.state, run.attempts) == (JobRun.State.DONE, 2)
    assert run.started_at == NOW + LEASE + timedelta(minutes=5)
