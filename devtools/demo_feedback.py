"""What customers of a demo shop have said about it in the last months, and what the shop made of it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from customers.models import Customer
from devtools.demo_messages import sent, told
from feedback.departures import explain_farewell, farewell
from feedback.messages import REPLY, opinion
from feedback.models import Departure, Response
from feedback.score import DETRACTOR_UNTIL, PROMOTER_FROM
from feedback.services import set_survey
from messaging.models import Message
from programs.models import Purchase
from tenants.roles import Actor

ASKED_DAYS: Final = 2
# Over how many days the answers are spread, and how many of those asked gave one.
SPAN: Final = 300
ANSWERED: Final = 0.8
WITH_SENTENCE: Final = 0.4
# So many of the latest complaints still wait for a word.
WAITING: Final = 3
ASKED: Final = 90
SCORES: Final = {10: 30, 9: 24, 8: 17, 7: 9, 6: 6, 5: 5, 4: 3, 3: 3, 2: 2, 0: 1}
# How many accounts were deleted with a reason, and which.
LEAVERS: Final = 14
LEFT: Final = {
    Departure.Reason.SELDOM: 6,
    Departure.Reason.OFFERS: 3,
    Departure.Reason.MESSAGES: 2,
    Departure.Reason.DATA: 1,
    Departure.Reason.OTHER: 1,
}


@dataclass(frozen=True)
class Voice:
    """Sentences of customers who are happy, fair and unhappy, and what the shop says to the last."""

    praise: tuple[str, ...]
    fair: tuple[str, ...]
    blame: tuple[str, ...]
    replies: tuple[str, ...]

    def about(self, score: int) -> tuple[str, ...]:
        return self.praise if score >= PROMOTER_FROM else self.fair if score > DETRACTOR_UNTIL else self.blame


VOICES: Final = {
    "morgenrot": Voice(
        praise=(
            "Der beste Cappuccino der Stadt.",
            "Immer freundlich, auch wenn es voll ist.",
            "Das Team merkt sich, was ich trinke.",
            "Kuchen wie bei Oma.",
            "Schnell, herzlich, guter Kaffee.",
        ),
        fair=("Alles gut, nur samstags recht voll.", "Kaffee top, Sitzplätze knapp.", "Etwas teurer als nebenan."),
        blame=(
            "Zwanzig Minuten gewartet, und der Kaffee war kalt.",
            "Die Musik war so laut, dass wir gegangen sind.",
            "Um elf war der Kuchen schon aus.",
            "Die Punkte gab es erst auf Nachfrage.",
        ),
        replies=(
            "Das tut uns leid. Samstags stehen jetzt zwei Leute an der Maschine; dein nächster Kaffee geht auf uns.",
            "Danke, dass du es sagst. Wir haben es mit dem Team besprochen und machen es besser.",
        ),
    ),
    "nordlicht": Voice(
        praise=(
            "Endlich ein Schnitt, der auch nach sechs Wochen noch sitzt.",
            "Ehrliche Beratung, ohne Hektik.",
            "Die Kopfmassage allein ist den Weg wert.",
            "Freundlich, pünktlich, und das Ergebnis stimmt.",
        ),
        fair=("Schönes Ergebnis, der Termin begann etwas spät.", "Der Schnitt ist gut, Parken ist schwierig."),
        blame=(
            "Kürzer geschnitten als besprochen.",
            "Eine halbe Stunde gewartet, trotz Termin.",
            "Die Farbe ist nach zwei Wochen verblasst.",
        ),
        replies=(
            "Das tut uns leid. Kommen Sie gern vorbei, wir bessern kostenlos nach.",
            "Vielen Dank für Ihre Offenheit. Wir planen jetzt mehr Zeit zwischen den Terminen ein.",
        ),
    ),
}


def opine(customers: Sequence[Customer], *, slug: str, staff: Actor, seed: int, now: datetime) -> list[Message]:
    """Returns the shop's answers as mails that are yet to be stored; to be called in the shop's scope."""
    chance, voice = random.Random(seed + 4), VOICES[slug]
    set_survey(by_email=True, in_portal=True, days=ASKED_DAYS, actor=staff, now=now - timedelta(days=SPAN + 10))
    by_id, in_touch = {customer.pk: customer for customer in customers}, {customer.pk for customer in told(customers)}
    responses = [
        _response(by_id[customer_id], purchase_id, moment, voice, chance)
        for customer_id, purchase_id, moment in _visits(list(by_id), chance, now=now)
    ]
    responses.sort(key=lambda response: response.asked_at)
    unhappy = [response for response in responses if response.needs_answer]
    for response in unhappy[:-WAITING]:
        _settle(response, staff, chance, now=now)
        if response.customer_id in in_touch:
            response.reply = chance.choice(voice.replies)
    Response.objects.bulk_create(responses)
    _leave(chance, now=now)
    return [_mailed(response) for response in responses if response.reply]


def _leave(chance: random.Random, *, now: datetime) -> None:
    """Why some have deleted their account; of these nothing else is left."""
    reasons, weights = list(LEFT), list(LEFT.values())
    for _ in range(LEAVERS):
        moment = now - timedelta(days=chance.random() * SPAN)
        explain_farewell(farewell=farewell(), reason=chance.choices(reasons, weights)[0], now=moment)


def _visits(customers: list[int], chance: random.Random, *, now: datetime) -> list[tuple[int, int, datetime]]:
    """One purchase each of some customers: who, which, when; the last of the time up to a day of their own."""
    found = Purchase.objects.filter(customer__in=customers, voided_at=None, purchased_at__gt=now - timedelta(days=SPAN))
    rows = found.order_by("purchased_at", "pk").values_list("customer_id", "pk", "purchased_at")
    until = {customer: now - timedelta(days=ASKED_DAYS + 1 + chance.random() ** 1.5 * SPAN) for customer in customers}
    latest = {customer: (pk, at) for customer, pk, at in rows if at <= until[customer]}
    some = [customer for customer in customers if customer in latest]
    return [(customer, *latest[customer]) for customer in chance.sample(some, min(ASKED, len(some)))]


def _response(customer: Customer, purchase_id: int, moment: datetime, voice: Voice, chance: random.Random) -> Response:
    by_mail = bool(customer.email) and chance.random() < 0.6
    asked = (moment + timedelta(days=ASKED_DAYS)).replace(hour=9, minute=0, second=0)
    response = Response(
        customer=customer,
        purchase_id=purchase_id,
        channel=Response.Channel.EMAIL if by_mail else Response.Channel.PORTAL,
        asked_at=asked,
    )
    if chance.random() < ANSWERED:
        response.score = chance.choices(list(SCORES), list(SCORES.values()))[0]
        response.answered_at = asked + timedelta(minutes=chance.randrange(1, 700) if by_mail else 1)
        if chance.random() < WITH_SENTENCE or response.needs_answer:
            response.sentence = chance.choice(voice.about(response.score))
    return response


def _settle(response: Response, staff: Actor, chance: random.Random, *, now: datetime) -> None:
    assert response.answered_at is not None
    response.settled_at = min(response.answered_at + timedelta(hours=chance.randrange(2, 40)), now)
    response.settled_by = staff.reference


def _mailed(response: Response) -> Message:
    assert response.settled_at is not None
    facts = {"reply": response.reply, "opinion": opinion(response)}
    return sent(response.customer, REPLY, facts, at=response.settled_at)
