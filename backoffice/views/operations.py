"""What runs in the background, how far it is, and what needs a hand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.wording import event_title, fact_in_words, job_title
from events import delivery
from events.asking import ask_for_run
from events.models import JobRun
from events.queries import failed_mails, failed_runs, last_runs, parked_deliveries
from events.schedule import Job, jobs
from ledger.proof import latest_proof
from tenants.errors import DomainError
from tenants.locales import minute_text, number_text

ROWS: Final = 50
# How far back failures are looked at.
LATELY: Final = timedelta(days=14)
State = JobRun.State


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job with its last run, and the days on which it has failed lately."""

    title: str
    at: str
    run: JobRun | None
    failed: list[JobRun]
    state: str
    duration: str
    run_url: str

    @property
    def is_busy(self) -> bool:
        return self.state in (State.WAITING, State.RUNNING)


def operations(request: MemberRequest) -> HttpResponse:
    parked = [
        {
            "event_title": event_title(duty.event.name),
            "handler": duty.handler,
            "attempts": duty.attempts,
            "error": duty.error,
            "parked_at": duty.finished_at,
            "retry_url": reverse("backoffice:retry", args=[duty.pk]),
        }
        for duty in parked_deliveries()[:ROWS]
    ]
    mails = [
        {"kind": fact_in_words("mail", event.payload["mail"]), "failed_at": event.occurred_at}
        for event in failed_mails(now=timezone.now())[:ROWS]
    ]
    return show(
        request, "backoffice/operations.html", parked=parked, mails=mails, proof=latest_proof(), **_jobs(request)
    )


def retry(request: MemberRequest, delivery_id: int) -> HttpResponse:
    delivery.retry_parked(delivery_id, now=timezone.now())
    messages.success(request, _("It will be tried again."))
    return redirect("backoffice:operations")


def job_runs(request: MemberRequest) -> HttpResponse:
    """What a page that watches asks for while something runs."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("backoffice:operations")
    return render(request, "backoffice/_jobs.html", _jobs(request))


def run_now(request: MemberRequest, job: str) -> HttpResponse:
    """In the background: a page waits for no night's work."""
    try:
        ask_for_run(job, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The job starts in a moment. You can watch it below."))
    return redirect(f"{reverse('backoffice:operations')}#runs")


def _jobs(request: MemberRequest) -> dict[str, Any]:
    now = timezone.now()
    latest = {run.job: run for run in last_runs()}
    failed: dict[str, list[JobRun]] = {}
    for run in failed_runs(since=(now - LATELY).date()):
        if run != latest[run.job]:
            failed.setdefault(run.job, []).append(run)
    rows = [
        _row(job, latest.get(job.name), failed.get(job.name, []), now=now)
        for job in sorted(jobs().values(), key=lambda job: job.at)
    ]
    return {
        "rows": rows,
        "is_watched": any(row.is_busy for row in rows),
        "can_run": request.actor.may("operations.retry"),
    }


def _row(job: Job, latest: JobRun | None, failed: list[JobRun], *, now: datetime) -> JobRow:
    return JobRow(
        title=job_title(job.name),
        at=minute_text(job.at.hour * 60 + job.at.minute),
        run=latest,
        failed=failed,
        state=_state(latest, now=now),
        duration=duration_text(latest.duration) if latest and latest.duration is not None else "",
        run_url=reverse("backoffice:run_job", args=[job.name]),
    )


def _state(run: JobRun | None, *, now: datetime) -> str:
    """`interrupted` where nobody has heard of it for so long that another worker takes it over."""
    if run is None:
        return ""
    return "interrupted" if run.state == State.RUNNING and run.leased_until < now else run.state


def duration_text(took: timedelta) -> str:
    seconds = int(took.total_seconds())
    if seconds < 1:
        return _("under a second")
    if seconds < 60:
        return _("%(seconds)s s") % {"seconds": number_text(seconds)}
    minutes, seconds = divmod(seconds, 60)
    return _("%(minutes)s min %(seconds)s s") % {"minutes": number_text(minutes), "seconds": number_text(seconds)}
