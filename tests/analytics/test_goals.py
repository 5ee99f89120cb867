"""Goals: set for one figure of one shop, told once, shown on its card."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from analytics.errors import GoalEnded, NoFigure
from analytics.goals.figures import LESS_IS_BETTER, Measure, figures_of
from analytics.goals.nightly import judge_goals
from analytics.goals.queries import goals_off_track
from analytics.goals.setting import SHORTEST, drop_goal, set_goal
from analytics.goals.wording import goal_in_words
from analytics.handlers import tell_the_team
from analytics.kpis import Period
from analytics.loyalty import loyalty
from analytics.models import BaseFigures, Goal
from analytics.overview import window
from backoffice.views.reports.cards import GOOD
from backoffice.views.reports.cards import figures_of as cards_of
from events.models import Event
from loyalty.celery import app
from team.stores import close_store
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tests.analytics.regulars import make_regulars
from tests.clients import signed_in
from tests.factories import Shop, make_member, make_store, today

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RETENTION = Measure.over("retention", days=90, store_id=None)
FREQUENCY = Measure.over("frequency", days=90, store_id=None)


def test_cards_and_goals_agree_on_whether_more_is_better(busy: Shop) -> None:
    with busy.scope():
        drawn = window()
        assert drawn.last is not None
        now = loyalty([Period.ending(drawn.last, days=90)], window_days=drawn.days)[0]
        assert {figure.name: figure.more_is == GOOD for figure in cards_of(now)} == {
            metric: metric not in LESS_IS_BETTER for metric in Goal.Metric.values
        }


@pytest.fixture
def busy(shop: Shop, other_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Forty customers in two stores, in a product to which thirty are many; next door as well."""
    monkeypatch.setattr("analytics.loyalty.MANY", 30)
    monkeypatch.setattr("analytics.loyalty.ENOUGH", 5)
    now = timezone.now()
    with shop.scope():
        stores = [shop.store, make_store(code="hafen")]
    make_regulars(shop, 40, stores=stores, days=200, now=now)
    make_regulars(other_shop, 40, stores=[other_shop.store], days=200, now=now)
    return shop


def make_goal(
    measure: Measure = FREQUENCY, *, above: str = "1.0", days: int = 100, began: int = 0, **changes: object
) -> Goal:
    """Set today; or begun so many days ago, as if its line had been drawn from there."""
    goal = set_goal(
        measure=measure,
        target=standing(measure) + Decimal(above),
        due_on=today() + days * DAY,
        actor=SYSTEM,
        now=timezone.now(),
    )
    if began:
        Goal.objects.filter(pk=goal.pk).update(start_on=today() - began * DAY, **changes)
        goal.refresh_from_db()
    return goal


def standing(measure: Measure) -> Decimal:
    drawn = window()
    assert drawn.last is not None
    return figures_of(measure, [drawn.last], drawn=drawn)[drawn.last]


def told(shop: Shop) -> list[str]:
    with shop.scope():
        names = Event.objects.filter(name__startswith="goal.").order_by("pk").values_list("name", flat=True)
        return [name.partition(".")[2] for name in names]


def test_a_goal_remembers_where_the_figure_stood_and_is_the_only_open_one_of_it(busy: Shop, other_shop: Shop) -> None:
    with busy.scope():
        goal = make_goal(RETENTION, above="0.5")
        assert (goal.start, goal.start_on, goal.span_days) == (standing(RETENTION), today() - DAY, 90)
        # The same once more is no change; something else is, and counts from now.
        assert make_goal(RETENTION, above="0.5") == goal
        assert make_goal(RETENTION, above="0.7") == goal
        # A figure of the window has no days of its own.
        assert FREQUENCY.span_days is None
        assert make_goal(FREQUENCY) != goal
    assert told(busy) == ["set", "changed", "set"]
    with other_shop.scope():
        assert not Goal.objects.exists()
        make_goal(RETENTION, above="0.5")
    with busy.scope():
        assert Goal.objects.count() == 2


def test_what_leads_nowhere_is_refused_at_its_field(busy: Shop) -> None:
    churn = Measure.over("churn", days=90, store_id=None)
    now, later = timezone.now(), today() + 100 * DAY
    with busy.scope():
        stands, leaves = standing(RETENTION), standing(churn)
        cases = [
            (RETENTION, stands, later, "target"),
            (RETENTION, stands - 1, later, "target"),
            (RETENTION, Decimal(101), later, "target"),
            (churn, leaves, later, "target"),
            (churn, leaves + 1, later, "target"),
            (RETENTION, stands + Decimal("0.1"), today(), "due_on"),
            (RETENTION, stands + Decimal("0.1"), today() + SHORTEST - DAY, "due_on"),
            (RETENTION, stands + Decimal("0.1"), today() + 1_200 * DAY, "due_on"),
        ]
        for measure, target, due_on, field in cases:
            with pytest.raises(Invalid) as refusal:
                set_goal(measure=measure, target=target, due_on=due_on, actor=SYSTEM, now=now)
            assert refusal.value.field == field
    assert told(busy) == []


def test_without_a_figure_there_is_no_goal(shop: Shop, other_shop: Shop) -> None:
    make_regulars(other_shop, 3, stores=[other_shop.store], days=60, now=timezone.now())
    for one in (shop, other_shop):
        with one.scope(), pytest.raises(NoFigure):
            set_goal(measure=FREQUENCY, target=Decimal(9), due_on=today() + 30 * DAY, actor=SYSTEM, now=timezone.now())


def test_a_goal_off_track_is_told_once_and_ends_once(busy: Shop, other_shop: Shop) -> None:
    """In the fiftieth of a hundred days, and no step on the way made."""
    now = timezone.now()
    with other_shop.scope():
        make_goal(days=50)
    with busy.scope():
        goal = make_goal(days=50, began=50)
        assert [each.pk for each in judge_goals(now=now)] == [goal.pk]
        assert judge_goals(now=now) == []
        assert list(goals_off_track()) == [goal]
        # Set lower it stands where it is on track again, and a week later reached.
        Goal.objects.filter(pk=goal.pk).update(start=Decimal("0.0"), target=standing(FREQUENCY) - Decimal("0.5"))
        assert [each.state for each in judge_goals(now=now)] == ["reached"]
        assert judge_goals(now=now) == []
        assert not goals_off_track()
    assert told(busy) == ["set", "off_track", "reached"]
    with other_shop.scope():
        assert judge_goals(now=now) == []
    assert told(other_shop) == ["set"]


def test_a_goal_is_missed_by_the_figure_of_its_day_also_where_nights_are_late(busy: Shop) -> None:
    with busy.scope():
        goal = make_goal()
        Goal.objects.filter(pk=goal.pk).update(start_on=today() - 60 * DAY, due_on=today() - 3 * DAY)
        (ended,) = judge_goals(now=timezone.now())
        assert (ended.state, ended.figure_on) == ("missed", today() - 3 * DAY)
        with pytest.raises(GoalEnded):
            drop_goal(goal=goal, actor=SYSTEM, now=timezone.now())
    assert told(busy) == ["set", "missed"]


def test_a_dropped_goal_is_judged_no_more_and_a_closed_store_drops_its_own(busy: Shop) -> None:
    with busy.scope():
        hafen = make_store(code="insel", name="Insel")
        drop_goal(goal=make_goal(began=60, days=20), actor=SYSTEM, now=timezone.now())
        assert judge_goals(now=timezone.now()) == []
        goal = make_goal()
        Goal.objects.filter(pk=goal.pk).update(store=hafen)
        close_store(store=hafen, actor=SYSTEM, now=timezone.now())
        goal.refresh_from_db()
        assert goal.state == "dropped"
    assert told(busy) == ["set", "dropped", "set", "dropped"]


def test_a_day_with_too_few_customers_says_nothing(busy: Shop) -> None:
    with busy.scope():
        make_goal(began=50, days=50)
        BaseFigures.objects.filter(day=today() - 3 * DAY, store=None).update(active=0, active_again=0)
        assert judge_goals(now=timezone.now()) == []


def desk(shop: Shop, role: str = "owner") -> Client:
    with shop.scope():
        return signed_in(make_member(role=role).user, shop.tenant)


def words(client: Client, path: str) -> str:
    page = client.get(path).content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def at_once() -> Iterator[None]:
    """Mails are sent where they are asked for."""
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


@pytest.mark.usefixtures("at_once")
def test_everybody_who_reads_reports_is_told_in_a_mail_of_their_own(
    busy: Shop, other_shop: Shop, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with other_shop.scope():
        make_member(role="owner")
    with busy.scope():
        readers = [make_member(role=role).user.email for role in ("owner", "manager", "analyst")]
        make_member(role="staff")
        goal = make_goal(days=50, began=50)
        judge_goals(now=timezone.now())
        said = goal_in_words(goal)
        event = Event.objects.get(name="goal.off_track")
    with django_capture_on_commit_callbacks(execute=True), busy.scope():
        tell_the_team(event)
    assert sorted(to for message in mail.outbox for to in message.to) == sorted(readers)
    message = mail.outbox[0]
    assert said.startswith("Kauffrequenz ")
    assert said in message.subject
    assert said in message.body
    assert f"{busy.tenant.team_url}/backoffice/reports/?show=frequency" in message.body


def test_a_goal_is_set_from_the_explanation_and_shown_on_the_card(busy: Shop) -> None:
    client = desk(busy)
    explained = client.get("/backoffice/reports/?show=retention&days=90").content.decode()
    (way,) = re.findall(r'href="(/backoffice/reports/goals/retention/[^"]+)"', explained)
    path = way.replace("&amp;", "&")
    assert "Bisher" not in words(client, path)
    with busy.scope():
        target = f"{(standing(RETENTION) + Decimal('0.5')).normalize():f}".replace(".", ",")
    due_on = today() + 60 * DAY
    low = client.post(path, {"target": "1", "due_on": due_on.isoformat()})
    assert "oberhalb" in low.content.decode()
    sent = client.post(path, {"target": target, "due_on": due_on.isoformat()})
    assert sent.status_code == 302
    page = words(client, sent.headers["Location"].partition("#")[0])
    assert f"Ziel {target}" in page
    assert "auf Kurs" in page
    # Over other days the goal is named and no bar drawn; who only reads may not change it.
    assert "über 90 Tage" in words(client, "/backoffice/reports/?days=30")
    reader = desk(busy, "analyst")
    assert "Ziel ändern" not in words(reader, "/backoffice/reports/?show=retention&days=90")
    assert reader.get(path).status_code == 403
    assert "Kundenbindungsrate" in words(reader, "/backoffice/reports/goals/")


def test_a_goal_off_track_is_named_on_the_first_page_and_dropped_in_the_list(busy: Shop, other_shop: Shop) -> None:
    client = desk(busy)
    with busy.scope():
        goal = make_goal(began=50, days=50)
        judge_goals(now=timezone.now())
    assert "Ein Ziel ist nicht auf Kurs" in words(client, "/backoffice/")
    assert "nicht auf Kurs" in words(client, "/backoffice/reports/")
    assert desk(other_shop).post(f"/backoffice/reports/goals/{goal.pk}/drop/").status_code == 404
    client.post(f"/backoffice/reports/goals/{goal.pk}/drop/")
    assert "Ziel ist nicht auf Kurs" not in words(client, "/backoffice/")
    assert "aufgegeben" in words(client, "/backoffice/reports/goals/")


def test_money_and_figures_are_typed_as_the_reader_writes_them(busy: Shop, other_shop: Shop) -> None:
    client, due_on = desk(busy), (today() + 60 * DAY).isoformat()
    for metric, typed in (("average", "90,50"), ("frequency", "20,5")):
        path = f"/backoffice/reports/goals/{metric}/?days=90&store="
        assert client.post(path, {"target": typed, "due_on": due_on}).status_code == 302
        assert f'value="{typed}"' in client.get(path).content.decode()
    with busy.scope():
        assert dict(Goal.objects.values_list("metric", "target")) == {"average": 9050, "frequency": Decimal("20.5")}
    with other_shop.scope():
        assert not Goal.objects.exists()
