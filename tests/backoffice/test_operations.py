"""The page of the background: each job with its last run, how far it is, and a button that runs it now."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event, JobRun
from events.schedule import jobs
from tests.clients import signed_in
from tests.factories import Shop, make_member, today

pytestmark = pytest.mark.django_db
PAGE = "/backoffice/operations/"
FIGURES = f"{PAGE}jobs/analytics.figures/run/"
ERROR = "ValueError at analytics/rollups/days.py:21 draw_days"


def desk(shop: Shop, role: str = "owner") -> Client:
    with shop.scope():
        return signed_in(make_member(role=role).user, shop.tenant)


def text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def had_run(shop: Shop, job: str = "analytics.figures", *, days_ago: int = 0, **facts: object) -> None:
    now = timezone.now()
    with shop.scope():
        JobRun.objects.create(
            job=job,
            due_on=today() - timedelta(days=days_ago),
            **{"started_at": now, "leased_until": now + timedelta(minutes=5), **facts},
        )


def test_every_job_stands_there_with_its_last_run_and_why_it_has_failed(shop: Shop, other_shop: Shop) -> None:
    now = timezone.now()
    had_run(shop, state="done", started_at=now, finished_at=now + timedelta(seconds=95))
    had_run(shop, days_ago=1, state="failed", finished_at=now, error=ERROR)
    had_run(other_shop, state="failed", finished_at=now, error="KeyError next door")
    page = text(desk(shop).get(PAGE).content.decode())
    assert page.count("jeden Tag um") == len(jobs())
    for words in ("1 min 35 s", "1-mal in 14 Tagen fehlgeschlagen", ERROR):
        assert words in page
    assert "next door" not in page


def test_a_job_that_has_long_not_run_says_when_it_last_did(shop: Shop, other_shop: Shop) -> None:
    client, job = desk(shop), "analytics.figures"
    had_run(other_shop, job, state="done", days_ago=1)
    assert "zuletzt für" not in text(client.get(PAGE).content.decode())
    had_run(shop, job, state="failed", days_ago=21, error=ERROR)
    page = text(client.get(PAGE).content.decode())
    assert page.count("zuletzt für") == 1
    assert ERROR in page
    assert "in 14 Tagen fehlgeschlagen" not in page


def test_while_a_job_runs_the_page_shows_how_far_it_is_and_looks_again(shop: Shop) -> None:
    client = desk(shop)
    assert "hx-get" not in client.get(PAGE).content.decode()
    had_run(shop, state="running", done=1_200, total=4_180)
    assert 'hx-get="/backoffice/operations/jobs/"' in client.get(PAGE).content.decode()
    part = client.get(f"{PAGE}jobs/", headers={"HX-Request": "true"}).content.decode()
    assert "1.200 von 4.180" in text(part)
    assert FIGURES not in part, "it runs already"
    assert client.get(f"{PAGE}jobs/").status_code == 302
    with shop.scope():
        JobRun.objects.update(leased_until=timezone.now() - timedelta(minutes=1))
    page = client.get(PAGE).content.decode()
    assert "unterbrochen" in page
    assert FIGURES in page


def test_a_job_is_started_once_and_it_is_written_down_who_did_it(shop: Shop, other_shop: Shop) -> None:
    owner = desk(shop)
    assert "startet gleich" in text(owner.post(FIGURES, follow=True).content.decode())
    assert "läuft" in text(owner.post(FIGURES, follow=True).content.decode())
    assert owner.post(f"{PAGE}jobs/analytics.nonsense/run/", follow=True).status_code == 200
    assert desk(shop, "analyst").post(FIGURES).status_code == 403
    with shop.scope():
        assert JobRun.objects.get().state == JobRun.State.WAITING
        assert Event.objects.get(name="job.asked").actor.startswith("member:")
    with other_shop.scope():
        assert not JobRun.objects.exists()
