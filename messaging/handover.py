"""What became of a mail on its way to the server, kept outside the database: what a dying worker did is not undone.

A worker may die between the server's yes and the commit. The mark says which mails had been taken, and the few of
which nobody can know; those are not sent again.
"""

from enum import StrEnum
from typing import Final

from django.core.cache import cache

from tenants.scope import current_tenant

# Longer than the outbox tries.
KEPT_SECONDS: Final = 14 * 86_400


class Handover(StrEnum):
    NEVER = "never"
    BEGUN = "begun"
    TAKEN = "taken"


def begin(mail: int | str) -> Handover:
    """Mark that the mail goes to the server now, unless it has been marked; how far it had come before."""
    if cache.add(_key(mail), Handover.BEGUN, timeout=KEPT_SECONDS):
        return Handover.NEVER
    return Handover(cache.get(_key(mail), Handover.BEGUN))


def taken(mail: int | str) -> None:
    cache.set(_key(mail), Handover.TAKEN, timeout=KEPT_SECONDS)


def refused(mail: int | str) -> None:
    """The server has said no, so that it may be asked again."""
    cache.delete(_key(mail))


def _key(mail: int | str) -> str:
    return f"mail:{current_tenant().pk}:{mail}"
