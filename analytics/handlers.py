"""What becomes of findings, figures, scores and goals when something happens to what they are drawn from."""

from datetime import date
from typing import Final

from django.db.models import Exists, OuterRef
from django.utils import timezone

from analytics.goals.setting import drop_goal
from analytics.models import CustomerScore, Finding, Goal
from analytics.review import posting
from analytics.tasks import send_goal_news
from events.asking import ask_for_runs
from events.models import Event
from events.registry import handles
from programs.customer_stats import mark
from rewards.models import Redemption
from team.queries import members_who
from tenants.calendar import day_of
from tenants.roles import SYSTEM
from tenants.scope import current_tenant

# Jobs whose figures are drawn from purchases.
OF_PURCHASES: Final = ("analytics.figures", "analytics.scores", "analytics.joining")


@handles("customer.merged", "customer.erased", "customer.scoring_decided", in_transaction=True)
def forget_the_score(event: Event) -> None:
    """Of whoever is no longer there, or does not want one; a night gives it again where that changes."""
    gone = event.payload["merged"] if event.name == "customer.merged" else event.payload["customer"]
    CustomerScore.objects.filter(customer=gone).delete()


@handles("customer.merged", in_transaction=True)
def move_findings(event: Event) -> None:
    """Where both have the same question open, one of them is enough."""
    merged, into = event.payload["merged"], event.payload["customer"]
    waiting = Finding.objects.filter(customer=merged, state=Finding.State.OPEN)
    twin = Finding.objects.filter(customer=into, state=Finding.State.OPEN, pattern=OuterRef("pattern"))
    waiting.filter(Exists(twin)).delete()
    Finding.objects.filter(customer=merged).update(customer=into)


@handles("customer.erased", in_transaction=True)
def forget_findings(event: Event) -> None:
    Finding.objects.filter(customer=event.payload["customer"]).delete()


@handles("redemption.cancelled", in_transaction=True)
def draw_the_day_of_a_redemption_again(event: Event) -> None:
    """Where the reward had been handed out already."""
    used_at = Redemption.objects.values_list("used_at", flat=True).get(pk=event.payload["redemption"])
    if used_at is not None:
        mark([(None, day_of(used_at, zone=current_tenant().zone))])


@handles("redemption.check_in_undone", in_transaction=True)
def draw_the_day_of_a_check_in_again(event: Event) -> None:
    mark([(None, date.fromisoformat(event.payload["used_on"]))])


@handles("import.finished", "import.undone")
def draw_what_was_imported(event: Event) -> None:
    """At once and not at night: whoever brings the past of a shop along wants to see it."""
    if event.payload["kind"] == "purchases":
        ask_for_runs(OF_PURCHASES, actor=SYSTEM, now=timezone.now())


@handles("review.posted", attempts=8)
def mail_the_review(event: Event) -> None:
    """One delivery for each reader: tried again, it reaches nobody else a second time."""
    posting.mail_review(event)


@handles("goal.off_track", "goal.reached", "goal.missed")
def tell_the_team(event: Event) -> None:
    """Everybody who may read reports, each in a mail of their own."""
    news = event.name.partition(".")[2]
    for member in members_who("reports.read"):
        send_goal_news.delay_on_commit(current_tenant().pk, event.payload["goal"], member.pk, news)


@handles("store.closed", in_transaction=True)
def drop_the_goals_of_a_store(event: Event) -> None:
    """Nothing is sold there any more that could reach them."""
    for goal in Goal.objects.filter(store=event.payload["store"], state=Goal.State.OPEN).order_by("pk"):
        drop_goal(goal=goal, actor=SYSTEM, now=event.occurred_at)
