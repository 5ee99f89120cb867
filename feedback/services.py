"""Asking a customer, taking the answer, and answering it."""

from datetime import datetime

from django.db import transaction

from customers.models import Customer
from customers.services import locked
from events.services import publish
from feedback.errors import AlreadySettled, NotReachable, QuestionOver
from feedback.messages import QUESTION, REPLY, opinion
from feedback.models import Response, Survey
from feedback.queries import open_question, was_asked
from messaging.queries import hindrance, is_muted
from messaging.services import post_message
from programs.models import Purchase
from tenants.roles import Actor


def set_survey(*, by_email: bool, in_portal: bool, days: int, actor: Actor, now: datetime) -> Survey:
    with transaction.atomic():
        stated = Survey.objects.create(
            by_email=by_email, in_portal=in_portal, days=days, stated_at=now, stated_by=actor.reference
        )
        publish("feedback.survey_set", actor=actor, occurred_at=now, by_email=by_email, in_portal=in_portal, days=days)
    return stated


def ask_by_mail(*, customer: Customer, purchase: Purchase | None, actor: Actor, now: datetime) -> Response | None:
    """None where the customer was asked lately, or where no such mail may go."""
    with transaction.atomic():
        # Two workers ask one after the other, and the second sees what the first has done.
        customer = locked(customer)
        if was_asked(customer, now=now) or is_muted(QUESTION) or hindrance(QUESTION, customer):
            return None
        response = Response.objects.create(
            customer=customer, purchase=purchase, channel=Response.Channel.EMAIL, asked_at=now
        )
        publish("feedback.asked", actor=actor, occurred_at=now, customer=customer.pk, response=response.pk)
        post_message(kind=QUESTION, customer=customer, once=str(response.pk), now=now, facts={"survey": response.pk})
    return response


def answer_question(*, response: Response, score: int, sentence: str, actor: Actor, now: datetime) -> Response:
    """By the link of a mail. Raises QuestionOver."""
    with transaction.atomic():
        locked(response.customer)
        current = Response.objects.filter(pk=response.pk).first()
        if current is None or not current.is_open(now=now):
            raise QuestionOver
        return _answered(current, score=score, sentence=sentence, actor=actor, now=now)


def answer_in_portal(*, customer: Customer, score: int, sentence: str, actor: Actor, now: datetime) -> Response:
    """Raises QuestionOver where the customer is not asked anything now."""
    with transaction.atomic():
        return _answered(_question_to(customer, now=now), score=score, sentence=sentence, actor=actor, now=now)


def decline(*, customer: Customer, actor: Actor, now: datetime) -> None:
    """Not now: the portal does not ask again for a while."""
    with transaction.atomic():
        question = _question_to(customer, now=now)
        question.channel = Response.Channel.PORTAL
        question.save()
        publish("feedback.declined", actor=actor, occurred_at=now, customer=customer.pk, response=question.pk)


def reply(*, response: Response, text: str, actor: Actor, now: datetime) -> None:
    """Mail the customer an answer to what they said. Raises AlreadySettled, NotReachable."""
    with transaction.atomic():
        current = _unsettled(response)
        if hindrance(REPLY, current.customer):
            raise NotReachable(field="reply")
        current.reply = text
        facts = {"reply": text, "opinion": opinion(current)}
        _settle(current, actor=actor, now=now)
        post_message(kind=REPLY, customer=current.customer, once=str(current.pk), now=now, facts=facts)
        publish("feedback.replied", actor=actor, occurred_at=now, customer=current.customer_id, response=current.pk)


def settle(*, response: Response, actor: Actor, now: datetime) -> None:
    """Done without a mail: they have talked, or there is nothing to say. Raises AlreadySettled."""
    with transaction.atomic():
        current = _unsettled(response)
        _settle(current, actor=actor, now=now)
        publish("feedback.settled", actor=actor, occurred_at=now, customer=current.customer_id, response=current.pk)


def _question_to(customer: Customer, *, now: datetime) -> Response:
    """With the customer locked, so that two phones cannot be asked the same."""
    question = open_question(locked(customer), now=now)
    if question is None:
        raise QuestionOver
    return question


def _answered(response: Response, *, score: int, sentence: str, actor: Actor, now: datetime) -> Response:
    response.score, response.sentence, response.answered_at = score, sentence, now
    response.save()
    publish(
        "feedback.answered",
        actor=actor,
        occurred_at=now,
        customer=response.customer_id,
        response=response.pk,
        score=score,
        needs_answer=response.needs_answer,
    )
    return response


def _unsettled(response: Response) -> Response:
    rows = Response.objects.select_for_update(of=("self",), no_key=True).select_related("customer")
    current = rows.get(pk=response.pk)
    if current.settled_at is not None or current.answered_at is None:
        raise AlreadySettled
    return current


def _settle(response: Response, *, actor: Actor, now: datetime) -> None:
    response.settled_at, response.settled_by = now, actor.reference
    response.save()
