"""In the early morning: the figures of the days that are over, what becomes of goals, and what stands out.

What computes with numpy is loaded where it computes: a web server has no use for it.
"""

from datetime import date, time, timedelta
from typing import Final

from django.utils import timezone

from analytics.goals.nightly import judge_goals
from analytics.review.posting import post_review
from analytics.rollups.joining import draw_joining
from analytics.rollups.points import draw_points
from analytics.services import note_proof, watch_for_fraud
from events.schedule import Progress, daily
from programs.models import Program
from tenants.models import Tenant
from tenants.scope import tenant_scope

# After the night's bookings, before the shop opens.
FIGURES = time(3, 30)
BEFORE_OPENING = time(4, 15)
MORNING = time(7, 0)
SUNDAY: Final = 6


@daily("analytics.figures", at=FIGURES)
def draw(tenant: Tenant, due_on: date) -> None:
    """Up to and including the day before; also of a shop that has closed, whose books are still read."""
    from analytics.rollups.nightly import draw_figures

    draw_figures(tenant, today=due_on)


@daily("analytics.points", at=FIGURES)
def draw_owed(tenant: Tenant, due_on: date) -> None:
    """One transaction that reads the ledger and writes a row."""
    with tenant_scope(tenant):
        draw_points(due_on - timedelta(days=1))


@daily("analytics.scores", at=FIGURES)
def rate(tenant: Tenant, due_on: date) -> None:
    """Behind the drawing, by which everybody's purchases are counted; on Sundays by a model that was checked before."""
    from analytics.checking import check_model
    from analytics.rollups.nightly import drawing
    from analytics.scoring import score_customers

    checks = due_on.weekday() == SUNDAY
    progress = Progress(2 if checks else 1)
    if checks:
        with drawing(tenant) as state:
            check_model(window_days=state.window_days, today=due_on, now=timezone.now())
            progress.made(1)
    with drawing(tenant) as state:
        score_customers(window_days=state.window_days, today=due_on, now=timezone.now())
        progress.made(1)


@daily("analytics.joining", at=FIGURES)
def compare(tenant: Tenant, due_on: date) -> None:
    """Behind the drawing, whose months it reads; one statement and one row."""
    with tenant_scope(tenant):
        draw_joining(due_on)


@daily("analytics.goals", at=FIGURES)
def judge(tenant: Tenant, due_on: date) -> None:
    """Behind the drawing, by whose figures each goal is judged; one transaction that writes a few rows."""
    if tenant.closed_at is not None:
        return
    with tenant_scope(tenant):
        judge_goals(now=timezone.now())


@daily("analytics.proof", at=FIGURES)
def prove(tenant: Tenant, due_on: date) -> None:
    """Once a week, behind the drawing of the same morning."""
    from analytics.rollups.proof import prove_figures

    if due_on.weekday() == SUNDAY:
        proof = prove_figures(tenant, today=due_on)
        with tenant_scope(tenant):
            note_proof(proof)


@daily("analytics.fraud", at=BEFORE_OPENING)
def watch(tenant: Tenant, due_on: date) -> None:
    """One transaction that reads a month and writes a few rows: a run that was killed leaves nothing half done."""
    if tenant.closed_at is not None:
        return
    with tenant_scope(tenant):
        if Program.objects.exists():
            watch_for_fraud(now=timezone.now())


@daily("analytics.review", at=MORNING)
def post(tenant: Tenant, due_on: date) -> None:
    """In the first days of a month, as soon as the figures of the last one are drawn; of a shop that is open."""
    if tenant.closed_at is not None:
        return
    with tenant_scope(tenant):
        post_review(today=due_on, now=timezone.now())
