"""Lists of customers that leave the shop as a file."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from customers.errors import TooManyRows
from events.models import Event
from events.services import publish
from tenants.locales import number_text
from tenants.roles import Actor

ROWS_AT_MOST = 50_000


def record_download(*, rows: int, filters: Sequence[str], searched: bool, actor: Actor, now: datetime) -> Event:
    """Before a list of customers is handed out. Raises TooManyRows. The event's number goes into the file's name."""
    if rows > ROWS_AT_MOST:
        text = _("A file holds at most %(rows)s customers. Please narrow the list.")
        raise TooManyRows(text % {"rows": number_text(ROWS_AT_MOST)})
    return publish(
        "customer.list_exported", actor=actor, occurred_at=now, rows=rows, filters=filters, searched=searched
    )
