"""What becomes of findings, figures and scores when something happens to what they are drawn from."""

from datetime import date

from django.db.models import Exists, OuterRef

from analytics.models import CustomerScore, Finding
from analytics.review import posting
from events.models import Event
from events.registry import handles
from programs.customer_stats import mark
from rewards.models import Redemption
from tenants.calendar import day_of
from tenants.scope import current_tenant


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


@handles("review.posted", attempts=8)
def mail_the_review(event: Event) -> None:
    """One delivery for each reader: tried again, it reaches nobody else a second time."""
    posting.mail_review(event)
