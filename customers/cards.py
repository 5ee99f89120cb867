"""Cards that are lost and given out anew; the points stay with the customer."""

from datetime import datetime

from django.db import transaction

from customers.models import Card, Customer
from customers.numbers import new_card_token
from customers.services import locked
from events.services import publish
from tenants.roles import Actor


def issue_card(*, customer: Customer, actor: Actor, now: datetime) -> Card:
    """One more card; those that the customer has keep working. Raises UnknownCustomer."""
    with transaction.atomic():
        card = Card.objects.create(customer=locked(customer), token=new_card_token(), issued_at=now)
        publish("customer.card_issued", actor=actor, occurred_at=now, customer=customer.pk, card=card.pk)
    return card


def revoke_card(*, card: Card, actor: Actor, now: datetime) -> None:
    """A lost card finds nobody any more."""
    with transaction.atomic():
        if Card.objects.filter(pk=card.pk, revoked_at=None).update(revoked_at=now):
            publish("customer.card_revoked", actor=actor, occurred_at=now, customer=card.customer_id, card=card.pk)
