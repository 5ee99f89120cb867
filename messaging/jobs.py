"""At night what was said long ago is forgotten: nobody needs the words of an old mail."""

from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils import timezone

from events.schedule import daily
from messaging.models import Message
from tenants.models import Tenant
from tenants.scope import tenant_scope

# Longer than any fact may be told again.
KEPT_FOR: Final = timedelta(days=730)


@daily("messaging.forget", at=time(4, 20))
def forget_overnight(tenant: Tenant, due_on: date) -> None:
    with tenant_scope(tenant):
        forget_old(now=timezone.now())


def forget_old(*, now: datetime) -> None:
    """Of what came back the words: that the address is no good is still true."""
    old = Message.objects.filter(posted_at__lt=now - KEPT_FOR)
    old.exclude(state=Message.State.BOUNCED).delete()
    old.exclude(text="").update(facts={}, subject="", text="")
