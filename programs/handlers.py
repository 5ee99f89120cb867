"""What the programme does when something happens below it."""

from datetime import date

from django.utils import timezone

from customers.models import Customer
from events.models import Event
from events.registry import handles
from events.services import publish
from ledger.services import open_account
from programs import messages
from programs.approving import let_adjustments_lapse, move_adjustments
from programs.expiring import date_points
from programs.merging import join_memberships
from programs.occasions import grant_bonus, has_complete_profile
from programs.rules import Occasion
from programs.terms import terms_at
from programs.tiers import bring_up_to_date
from tenants.roles import Actor


@handles("customer.enrolled", in_transaction=True)
def open_points_account(event: Event) -> None:
    """Everybody who enrols takes part, in the lowest tier, with what the programme gives as a welcome."""
    terms = terms_at(event.occurred_at)
    customer = Customer(pk=event.payload["customer"])
    open_account(customer=customer, program_id=terms.program_id, tier_id=terms.tiers[0].id, now=event.occurred_at)
    grant_bonus(customer=customer, occasion=Occasion.SIGN_UP, actor=_actor(event), now=event.occurred_at)


@handles("customer.changed", "customer.email_confirmed")
def reward_a_complete_profile(event: Event) -> None:
    """Once, whichever of name, address and birthday was the last."""
    customer = Customer.objects.get(pk=event.payload["customer"])
    if customer.status == Customer.Status.ACTIVE and has_complete_profile(customer):
        grant_bonus(customer=customer, occasion=Occasion.PROFILE, actor=_actor(event), now=timezone.now())


@handles("program.tiers_changed")
def let_tiers_follow(event: Event) -> None:
    """Chunk by chunk, each in a delivery of its own, and always by the programme as it is now."""
    actor = _actor(event)
    last = bring_up_to_date(after=event.payload.get("last", 0), actor=actor, now=timezone.now())
    if last is not None:
        publish("program.tiers_changed", actor=actor, last=last)


@handles("program.expiry_switched_on")
def give_points_without_a_date_one(event: Event) -> None:
    """Chunk by chunk, and all the same one: a full period from the day on which the version began."""
    last = date_points(version=event.payload["version"], after=event.payload.get("last", 0))
    if last is not None:
        publish("program.expiry_switched_on", actor=_actor(event), version=event.payload["version"], last=last)


@handles("customer.email_confirmed")
def welcome_newcomers(event: Event) -> None:
    messages.welcome(Customer.objects.get(pk=event.payload["customer"]), now=timezone.now())


@handles("points.expiring")
def remind_of_expiring_points(event: Event) -> None:
    facts = event.payload
    messages.remind_of_points(
        Customer.objects.get(pk=facts["customer"]),
        account_id=facts["account"],
        points=facts["points"],
        last_day=date.fromisoformat(facts["last_day"]),
        days_ahead=facts["days_ahead"],
        now=timezone.now(),
    )


@handles("tier.changed")
def congratulate_on_a_tier(event: Event) -> None:
    """The night only takes tiers away, and two cards that were joined are no achievement."""
    facts = event.payload
    if facts.get("before") is not None and not facts.get("merged"):
        customer = Customer.objects.get(pk=facts["customer"])
        messages.congratulate(customer, came_from=facts["before"], reached=facts["tier"], now=event.occurred_at)


@handles("customer.merged", in_transaction=True)
def join_what_they_have(event: Event) -> None:
    join_memberships(
        customer_id=event.payload["merged"],
        into_id=event.payload["customer"],
        actor=_actor(event),
        now=event.occurred_at,
    )
    move_adjustments(customer_id=event.payload["merged"], into_id=event.payload["customer"])


@handles("customer.erased", in_transaction=True)
def end_what_waits_for_approval(event: Event) -> None:
    let_adjustments_lapse(customer_id=event.payload["customer"], actor=_actor(event), now=event.occurred_at)


def _actor(event: Event) -> Actor:
    return Actor(reference=event.actor, device_id=event.device_id)
