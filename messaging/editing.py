"""What a shop decides about its messages: which are sent, and in which words."""

from datetime import datetime

from django.db import transaction

from customers.queries import language_for
from events.services import publish
from messaging.errors import AlwaysSent
from messaging.kinds import Kind
from messaging.models import MutedKind, OwnText
from messaging.wording import Words, checked, default_words
from tenants.models import User
from tenants.roles import Actor
from tenants.scope import current_tenant
from tenants.throttle import Limit

_samples_per_user = Limit("sample-mail", times=30, seconds=3600)


def mute_kind(*, kind: Kind, actor: Actor, now: datetime) -> None:
    """Send no more messages of this kind. Raises AlwaysSent."""
    if kind.is_always_sent:
        raise AlwaysSent
    with transaction.atomic():
        if MutedKind.objects.get_or_create(kind=kind.code, defaults={"muted_at": now})[1]:
            publish("message.kind_muted", actor=actor, occurred_at=now, kind=kind.code)


def unmute_kind(*, kind: Kind, actor: Actor, now: datetime) -> None:
    """Send them again, from now on: what happened meanwhile is not told."""
    with transaction.atomic():
        if MutedKind.objects.filter(kind=kind.code).delete()[0]:
            publish("message.kind_unmuted", actor=actor, occurred_at=now, kind=kind.code)


def write_text(*, kind: Kind, language: str, subject: str, body: str, actor: Actor, now: datetime) -> Words:
    """The shop's own words for a kind in a language; ours again where they are the same. Raises Invalid."""
    words = checked(kind, subject=subject, body=body)
    usual = default_words(kind, language=language_for(language))
    if (words.subject, words.body) == (usual.subject, usual.body):
        reset_text(kind=kind, language=language, actor=actor, now=now)
        return usual
    with transaction.atomic():
        OwnText.objects.update_or_create(
            kind=kind.code,
            language=language,
            defaults={"subject": words.subject, "body": words.body, "changed_at": now},
        )
        publish("message.text_changed", actor=actor, occurred_at=now, kind=kind.code, language=language)
    return words


def reset_text(*, kind: Kind, language: str, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        if OwnText.objects.filter(kind=kind.code, language=language).delete()[0]:
            publish("message.text_reset", actor=actor, occurred_at=now, kind=kind.code, language=language)


def send_sample(*, kind: Kind, language: str, subject: str, body: str, to: User) -> None:
    """What the words look like in a mailbox, to whoever writes them. Raises Invalid, Throttled."""
    from messaging.tasks import mail_sample

    words = checked(kind, subject=subject, body=body)
    tenant = current_tenant()
    _samples_per_user.hit(to.pk)
    mail_sample.delay_on_commit(tenant.pk, kind.code, language, words.subject, words.body, to.email)
