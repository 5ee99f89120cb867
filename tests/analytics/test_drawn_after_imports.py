"""Whoever brings the past of a shop along sees its figures at once, not on the next morning."""

import pytest
from django.utils import timezone

from analytics.handlers import OF_PURCHASES, draw_what_was_imported
from analytics.models import BaseFigures, CustomerScore
from events import tasks
from events.models import Event, JobRun
from events.schedule import run_due_jobs
from tests.factories import Shop
from tests.imports.desk import Desk

pytestmark = pytest.mark.django_db
LOG = ("customer;date;total", "A;01.02.2026;24,90", "A;02.02.2026;10,00", "B;03.02.2026;5,00")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Shops whose jobs are to be looked after at once."""
    asked: list[int] = []
    monkeypatch.setattr(tasks.run_due_jobs, "delay_on_commit", asked.append)
    return asked


def hear_of(shop: Shop, name: str) -> None:
    with shop.scope():
        draw_what_was_imported(Event.objects.get(name=name))


def test_figures_are_drawn_behind_an_import_and_behind_its_undoing(
    shop: Shop, other_shop: Shop, asked: list[int]
) -> None:
    desk, other_desk = Desk(shop), Desk(other_shop)
    run_due_jobs(shop.tenant, now=timezone.now())
    source = desk.bring("purchases", *LOG)
    other_desk.bring("customers", "Kundennummer;Name", "1;Anna Beispiel")
    hear_of(shop, "import.finished")
    hear_of(other_shop, "import.finished")
    assert asked == [shop.tenant.pk], "nobody has bought anything by a list of customers"
    assert run_due_jobs(shop.tenant, now=timezone.now()) == list(OF_PURCHASES)
    with shop.scope():
        assert BaseFigures.objects.order_by("-day")[0].bought == 2
        assert CustomerScore.objects.count() == 2
    desk.undo(source)
    hear_of(shop, "import.undone")
    assert run_due_jobs(shop.tenant, now=timezone.now()) == list(OF_PURCHASES)
    with shop.scope():
        assert BaseFigures.objects.order_by("-day")[0].bought == 0
        assert not CustomerScore.objects.exists()
    with other_shop.scope():
        assert not JobRun.objects.exists()


def test_what_is_asked_for_while_it_runs_goes_on(shop: Shop, other_shop: Shop, asked: list[int]) -> None:
    for each in (shop, other_shop):
        Desk(each).bring("purchases", *LOG)
    hear_of(shop, "import.finished")
    hear_of(shop, "import.finished")
    with shop.scope():
        assert Event.objects.filter(name="job.asked").count() == len(OF_PURCHASES)
        assert set(JobRun.objects.values_list("job", "state")) == {(name, "waiting") for name in OF_PURCHASES}
    with other_shop.scope():
        assert not JobRun.objects.exists()
