"""What a demo shop has told its customers: most of it arrived, some came back."""

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from customers.mails import new_message_id
from customers.models import Customer
from customers.queries import active_card
from messaging.kinds import Kind
from messaging.models import Message
from messaging.wording import letter_to
from programs.messages import POINTS_EXPIRING, TIER_REACHED, WELCOME

TOLD: Final = 40
State, Reason = Message.State, Message.Reason


def told(customers: Sequence[Customer]) -> list[Customer]:
    """Those whom mail reaches: the first who have an address."""
    return [customer for customer in customers if customer.email][:TOLD]


def tell(customers: Sequence[Customer], *, answers: Iterable[Message], seed: int, now: datetime) -> None:
    """Along with the answers to their feedback; to be called in the shop's scope."""
    chance, reached = random.Random(seed + 3), told(customers)
    for customer in reached:
        customer.email_confirmed_at = customer.enrolled_at + timedelta(minutes=9)
    Customer.objects.bulk_update(reached, ["email_confirmed_at"])
    messages = [message for customer in reached for message in _to(customer, chance, now=now)]
    Message.objects.bulk_create(sorted([*messages, *answers], key=lambda message: message.posted_at))


def _to(customer: Customer, chance: random.Random, *, now: datetime) -> list[Message]:
    card = active_card(customer)
    said = [sent(customer, WELCOME, {"card": card.text}, at=customer.enrolled_at)] if card else []
    if chance.random() < 0.4:
        said.append(sent(customer, TIER_REACHED, {"tier": "Gold"}, at=now - timedelta(days=chance.uniform(2, 60))))
    if chance.random() < 0.5:
        facts = {"points": chance.randrange(40, 900), "day": (now + timedelta(days=30)).date().isoformat()}
        said.append(sent(customer, POINTS_EXPIRING, facts, at=now - timedelta(days=chance.uniform(0.2, 6))))
        if chance.random() < 0.15:
            last = said[-1]
            last.state, last.reason, last.status, last.bounced_at = State.BOUNCED, Reason.REFUSED, "5.1.1", last.sent_at
    return said


def sent(customer: Customer, kind: Kind, facts: dict[str, Any], *, at: datetime) -> Message:
    letter = letter_to(customer, kind=kind, facts=facts)
    return Message(
        customer=customer,
        kind=kind.code,
        once=f"demo {customer.pk}",
        facts=facts,
        language=letter.language,
        address=customer.email,
        subject=letter.subject,
        text=letter.text,
        message_id=new_message_id(),
        state=State.SENT,
        posted_at=at,
        sent_at=at + timedelta(seconds=4),
    )
