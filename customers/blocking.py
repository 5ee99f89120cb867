"""Customers who may not take part for a while: they neither collect nor sign in."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer
from customers.services import locked
from events.models import Event
from events.services import publish
from tenants.errors import Invalid
from tenants.roles import Actor


class Reason(models.TextChoices):
    """A choice, because the audit log keeps no personal text."""

    MISUSE = "misuse", gettext_lazy("Suspected misuse")
    OWN_WISH = "own_wish", gettext_lazy("The customer asked for it")
    UNDER_AGE = "under_age", gettext_lazy("Too young to take part")
    OTHER = "other", gettext_lazy("Other reason")


def block(*, customer: Customer, reason: str, actor: Actor, now: datetime) -> Customer:
    """Raises Invalid, UnknownCustomer. Who is blocked already stays so."""
    if reason not in Reason.values:
        raise Invalid(_("Please choose a reason."), field="reason")
    return _changed(customer, Customer.Status.BLOCKED, "customer.blocked", actor=actor, now=now, reason=reason)


def unblock(*, customer: Customer, actor: Actor, now: datetime) -> Customer:
    """Raises UnknownCustomer."""
    return _changed(customer, Customer.Status.ACTIVE, "customer.unblocked", actor=actor, now=now)


def why_blocked(customer: Customer) -> Event | None:
    """The event that says who blocked the customer, when and why."""
    return Event.objects.filter(customer_id=customer.pk, name="customer.blocked").order_by("-id").first()


def _changed(
    customer: Customer, status: Customer.Status, event: str, *, actor: Actor, now: datetime, **facts: str
) -> Customer:
    with transaction.atomic():
        customer = locked(customer)
        if customer.status != status:
            customer.status = status
            customer.save(update_fields=["status"])
            publish(event, actor=actor, occurred_at=now, customer=customer.pk, **facts)
    return customer
