"""Posting messages: one row and one event in the transaction of what they are about; the outbox sends them."""

from datetime import datetime

from django.db import transaction

from customers.mails import new_message_id
from customers.models import Customer
from events.services import publish
from messaging.kinds import Facts, Kind, stored
from messaging.models import Message
from messaging.queries import hindrance, is_muted
from tenants.roles import SYSTEM


def post_message(
    *, kind: Kind, customer: Customer, once: str, now: datetime, facts: Facts | None = None
) -> Message | None:
    """Say something to a customer, once for each fact that `once` names within the kind.

    None where it was said before, where the shop does not send such messages, and where the customer has been erased;
    whom no mail may reach gets a message that says so and is not sent. Somebody who was joined with another is told
    there. Raises ValueError where the facts are not those of the kind.
    """
    facts = facts or {}
    if facts.keys() != (wanted := {placeholder.code for placeholder in kind.placeholders}):
        raise ValueError(f"{kind.code} takes {sorted(wanted)}, not {sorted(facts)}")
    recipient = customer.merged_into or customer
    if recipient.status == Customer.Status.ERASED or is_muted(kind):
        return None
    reason = hindrance(kind, recipient)
    with transaction.atomic():
        message, is_new = Message.objects.get_or_create(
            kind=kind.code,
            once=once,
            defaults={
                "customer": recipient,
                "facts": {code: stored(fact) for code, fact in facts.items()},
                "message_id": new_message_id(),
                "state": Message.State.DROPPED if reason else Message.State.QUEUED,
                "reason": reason,
                "posted_at": now,
            },
        )
        if not is_new:
            return None
        if not reason:
            publish("message.posted", actor=SYSTEM, occurred_at=now, customer=recipient.pk, message=message.pk)
    return message
