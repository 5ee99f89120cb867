"""What the team wants to remember of a customer, who can read it in the export."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.errors import NotYourNote
from customers.models import Customer, Note
from customers.services import locked
from events.services import publish
from tenants.errors import Invalid
from tenants.models import longest
from tenants.roles import Actor


def add_note(*, customer: Customer, text: str, actor: Actor, now: datetime, entry_seq: int | None = None) -> Note:
    """With `entry_seq` it explains a booking. Raises Invalid, UnknownCustomer."""
    text = _printable(text)
    if not text:
        raise Invalid(_("Please write something."), field="note")
    if len(text) > longest(Note, "text"):
        raise Invalid(_("At most %(count)s characters.") % {"count": longest(Note, "text")}, field="note")
    with transaction.atomic():
        note = Note.objects.create(
            customer=locked(customer), text=text, author=actor.reference, created_at=now, entry_seq=entry_seq
        )
        publish("customer.note_added", actor=actor, occurred_at=now, customer=customer.pk, note=note.pk)
    return note


def delete_note(*, note: Note, actor: Actor) -> None:
    """Everybody deletes their own. Raises NotYourNote."""
    if note.author != actor.reference:
        raise NotYourNote
    with transaction.atomic():
        Note.objects.filter(pk=note.pk).delete()
        publish("customer.note_deleted", actor=actor, customer=note.customer_id, note=note.pk)


def _printable(text: str) -> str:
    """Without control characters; lines stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(sign for sign in line if sign.isprintable() or sign == "\t") for line in lines).strip()
