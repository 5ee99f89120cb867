"""What becomes of findings when something happens to their customer."""

from django.db.models import Exists, OuterRef

from analytics.models import Finding
from events.models import Event
from events.registry import handles


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
