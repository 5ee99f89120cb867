"""What becomes of vouchers when something happens to their customer."""

from typing import Final

from django.utils import timezone

from events.models import Event
from events.registry import handles
from events.services import publish
from rewards.messages import send_voucher, tell_of_change
from rewards.models import Redemption, ShownCode
from rewards.queries import places_at
from tenants.roles import Actor

# What guests have agreed to come to.
AGREED: Final = {"event_at", "event_ends_at", "event_place"}


@handles("reward.redeemed")
def send_what_was_issued(event: Event) -> None:
    redemption = Redemption.objects.select_related("reward", "customer").get(pk=event.payload["redemption"])
    send_voucher(redemption, now=timezone.now())


@handles("reward.changed")
def tell_guests_of_a_change(event: Event) -> None:
    """Whoever has a place at an event learns where and when it is now."""
    now = timezone.now()
    if AGREED & set(event.payload["changed"]):
        for redemption in places_at(event.payload["reward"], now=now):
            tell_of_change(redemption, change=event.pk, now=now)


@handles("customer.merged", in_transaction=True)
def move_vouchers(event: Event) -> None:
    """What the one holds, the other holds; a gift that both have had stays with whom it came to."""
    merged, into = event.payload["merged"], event.payload["customer"]
    had = Redemption.objects.filter(customer=into).exclude(occasion="").values_list("reward_id", "occasion")
    known = set(had)
    for redemption in Redemption.objects.filter(customer=merged).only("pk", "reward_id", "occasion"):
        twice = (redemption.reward_id, redemption.occasion) in known
        occasion = "" if twice else redemption.occasion
        Redemption.objects.filter(pk=redemption.pk).update(customer=into, occasion=occasion)


@handles("customer.erased", in_transaction=True)
def void_open_vouchers(event: Event) -> None:
    """Nobody is left to use them; the points went with the account."""
    customer = event.payload["customer"]
    ShownCode.objects.filter(customer=customer).delete()
    open_ones = Redemption.objects.filter(customer=customer, state=Redemption.State.ISSUED)
    closed = open_ones.update(state=Redemption.State.CANCELLED, closed_at=event.occurred_at, closed_by=event.actor)
    if closed:
        actor = Actor(reference=event.actor, device_id=event.device_id)
        publish("redemption.lapsed", actor=actor, occurred_at=event.occurred_at, customer=customer, count=closed)
