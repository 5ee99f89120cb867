"""What becomes of opinions when something happens to their customer."""

from events.models import Event
from events.registry import handles
from feedback.models import Departure, Response


@handles("customer.merged", in_transaction=True)
def move_opinions(event: Event) -> None:
    for model in (Response, Departure):
        model.objects.filter(customer=event.payload["merged"]).update(customer=event.payload["customer"])


@handles("customer.erased", in_transaction=True)
def forget_opinions(event: Event) -> None:
    for model in (Response, Departure):
        model.objects.filter(customer=event.payload["customer"]).delete()
