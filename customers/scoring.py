"""The objection to figures about a person, such as how likely they are to stay away."""

from datetime import datetime
from typing import Final

from django.db import transaction

from customers.models import Customer
from customers.services import locked
from events.services import publish
from tenants.roles import Actor

# Whom nothing is computed about, as a query; the index `customer_unscored` holds just them.
UNSCORED: Final = """
    SELECT id FROM customers_customer WHERE status IN ('merged', 'erased') OR scoring_objected_at IS NOT NULL
"""


def object_to_scoring(*, customer: Customer, objects: bool, actor: Actor, now: datetime) -> None:
    """The customer objects, or no longer does; it counts from the next computation on."""
    with transaction.atomic():
        customer = locked(customer)
        if objects == (customer.scoring_objected_at is not None):
            return
        customer.scoring_objected_at = now if objects else None
        customer.save(update_fields=["scoring_objected_at"])
        publish("customer.scoring_decided", actor=actor, customer=customer.pk, objects=objects)
