"""What the programme does when something happens below it."""

from django.utils import timezone

from customers.models import Customer
from events.models import Event
from events.registry import handles
from events.services import publish
from ledger.services import open_account
from programs.merging import join_memberships
from programs.terms import terms_at
from programs.tiers import bring_up_to_date
from tenants.roles import Actor


@handles("customer.enrolled", in_transaction=True)
def open_points_account(event: Event) -> None:
    """Everybody who enrols takes part, in the lowest tier."""
    terms = terms_at(event.occurred_at)
    open_account(
        customer=Customer(pk=event.payload["customer"]),
        program_id=terms.program_id,
        tier_id=terms.tiers[0].id,
        now=event.occurred_at,
    )


@handles("program.tiers_changed")
def let_tiers_follow(event: Event) -> None:
    """Chunk by chunk, each in a delivery of its own, and always by the programme as it is now."""
    actor = Actor(reference=event.actor, device_id=event.device_id)
    last = bring_up_to_date(after=event.payload.get("last", 0), actor=actor, now=timezone.now())
    if last is not None:
        publish("program.tiers_changed", actor=actor, last=last)


@handles("customer.merged", in_transaction=True)
def join_what_they_have(event: Event) -> None:
    join_memberships(
        customer_id=event.payload["merged"],
        into_id=event.payload["customer"],
        actor=Actor(reference=event.actor, device_id=event.device_id),
        now=event.occurred_at,
    )
