"""Somebody asks for a job to run now: once, for its day, in the background, and sees how far it is."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import pytest

from events import schedule, tasks
from events.asking import ask_for_run
from events.errors import JobIsRunning
from events.models import Event, JobRun
from events.schedule import LEASE, Job, Progress, daily, note_progress, run_asked, run_job
from tenants.errors import NotFound
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope
from tests.factories import Shop
from tests.tenants.threads import in_threads

pytestmark = pytest.mark.django_db
AT = time(2, 30)
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
Run = Callable[[Tenant, date], None]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which shops a job has run for, that is all there are."""
    monkeypatch.setattr(schedule, "_jobs", {})
    runs: list[str] = []
    daily("tests.count", at=AT)(lambda tenant, day: runs.append(f"{tenant.slug} {day}"))
    return runs


def ask(shop: Shop, *, now: datetime = NOW) -> JobRun:
    with shop.scope():
        return ask_for_run("tests.count", actor=SYSTEM, now=now)


def test_a_job_that_is_done_runs_once_more_for_its_day(shop: Shop, other_shop: Shop, runs: list[str]) -> None:
    job = schedule.jobs()["tests.count"]
    run_job(job, tenant=shop.tenant, now=NOW)
    asked = ask(shop)
    assert (asked.state, asked.due_on) == (JobRun.State.WAITING, date(2026, 3, 10))
    assert run_asked(shop.tenant, run_id=asked.pk, now=NOW)
    assert not run_asked(shop.tenant, run_id=asked.pk, now=NOW), "the message has come twice"
    assert not run_job(job, tenant=shop.tenant, now=NOW)
    assert runs == ["morgenrot 2026-03-10"] * 2
    with shop.scope():
        run = JobRun.objects.get()
        assert (run.state, run.attempts) == (JobRun.State.DONE, 2)
        assert Event.objects.get(name="job.asked").payload == {"job": "tests.count", "due_on": "2026-03-10"}
    with other_shop.scope():
        assert not JobRun.objects.exists()
        assert not Event.objects.filter(name="job.asked").exists()


def test_where_the_message_is_lost_the_next_tick_runs_it(shop: Shop, runs: list[str]) -> None:
    ask(shop)
    assert run_job(schedule.jobs()["tests.count"], tenant=shop.tenant, now=NOW + timedelta(minutes=5))
    assert runs == ["morgenrot 2026-03-10"]


def test_while_it_runs_or_waits_nobody_can_ask_again(shop: Shop, runs: list[str]) -> None:
    asked = ask(shop)
    with pytest.raises(JobIsRunning):
        ask(shop)
    with shop.scope():
        JobRun.objects.filter(pk=asked.pk).update(state="running", leased_until=NOW + LEASE)
    with pytest.raises(JobIsRunning):
        ask(shop)
    assert ask(shop, now=NOW + LEASE + timedelta(minutes=1)).pk == asked.pk, "its worker has died"
    with shop.scope(), pytest.raises(NotFound):
        ask_for_run("tests.none", actor=SYSTEM, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_at_once_one_is_heard(shop: Shop, runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.run_asked, "delay_on_commit", lambda *_: None)
    heard = in_threads(2, partial(_asked, shop))
    assert sorted(heard) == [False, True]  # type: ignore[type-var]


def _asked(shop: Shop, _number: int) -> bool:
    try:
        ask(shop)
    except JobIsRunning:
        return False
    return True


def test_a_run_that_was_given_up_may_be_asked_for(shop: Shop, runs: list[str]) -> None:
    def fail(tenant: Tenant, day: date) -> None:
        raise ZeroDivisionError

    for step in range(schedule.MAX_ATTEMPTS):
        run_job(Job(name="tests.count", at=AT, run=fail), tenant=shop.tenant, now=NOW + timedelta(minutes=step))
    asked = ask(shop)
    assert run_asked(shop.tenant, run_id=asked.pk, now=NOW)
    with shop.scope():
        run = JobRun.objects.get()
    assert (run.state, run.error, run.attempts) == (JobRun.State.DONE, "", schedule.MAX_ATTEMPTS + 1)


def test_a_job_says_chunk_by_chunk_how_far_it_is_and_stays_alive(shop: Shop) -> None:
    seen: list[tuple[int | None, int | None]] = []

    def run(tenant: Tenant, day: date) -> None:
        progress = Progress(30)
        for _ in range(4):
            with tenant_scope(tenant):
                progress.made(10)
            with tenant_scope(tenant):
                kept = JobRun.objects.get()
                seen.append((kept.done, kept.total))
                assert kept.leased_until > NOW + LEASE

    assert run_job(Job(name="tests.chunks", at=AT, run=run), tenant=shop.tenant, now=NOW)
    assert seen == [(10, 30), (20, 30), (30, 30), (30, 30)]
    note_progress(1, 2)
    with shop.scope():
        run_kept = JobRun.objects.get()
    assert (run_kept.state, run_kept.done) == (JobRun.State.DONE, 30)
