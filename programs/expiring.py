"""Switching expiry on: points without a date get one full period from that day, so that nobody loses any overnight."""

from django.db import connection
from django.db.models import Sum

from ledger.models import POINTS, Account, Lot
from programs.models import ProgramVersion
from programs.terms import expires_at, terms_of
from tenants.scope import current_tenant

# Tills wait for these accounts meanwhile: about a tenth of a second.
AT_ONCE = 1_000

_LOCK = """
    SELECT id FROM ledger_account
     WHERE program_id = %s AND unit = 'points' AND id > %s ORDER BY id LIMIT %s FOR NO KEY UPDATE
"""
_DATE = """
    WITH dated AS (
        UPDATE ledger_lot SET expires_at = %(until)s
         WHERE account_id = ANY(%(accounts)s) AND expires_at IS NULL AND remaining > 0
        RETURNING account_id
    )
    UPDATE ledger_account SET next_due_at = LEAST(next_due_at, %(until)s)
     WHERE id IN (SELECT account_id FROM dated)
"""


def date_points(*, version: int, after: int) -> int | None:
    """Date the points of the next accounts behind the id `after`; the id to go on behind, or None where all are done.

    Points that have a date keep it. By the version that switched expiry on, whatever has come after it.
    """
    began = ProgramVersion.objects.get(number=version)
    until = expires_at(terms_of(began.pk), began.starts_at, zone=current_tenant().zone)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [began.program_id, after, AT_ONCE])
        accounts = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(_DATE, {"accounts": accounts, "until": until})
    return accounts[-1] if len(accounts) == AT_ONCE else None


def points_without_a_date() -> tuple[int, int]:
    """Points that would get a date if expiry were switched on, and how many customers have some."""
    undated = Lot.objects.filter(expires_at=None, remaining__gt=0, account__unit=POINTS)
    points = undated.aggregate(points=Sum("remaining"))["points"] or 0
    return points, Account.objects.filter(pk__in=undated.values("account")).count()
