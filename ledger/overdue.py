"""What time alone has done to many accounts: the arithmetic of `settlement`, in one statement for a chunk of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection

from tenants.postgresql.planning import without_nested_loops
from tenants.roles import SYSTEM

# From the open lots of some accounts (`open`, with `debt`, what the account owed before) to what becomes of each one.
# A lot that matures fills the debt first, in the order of maturing; what is then left of an overdue one expires. A lot
# that would mature after its life has ended fills nothing.
SETTLED: Final = """
maturing AS (
    SELECT o.*,
           CASE WHEN is_pending AND available_at <= %(now)s AND (expires_at IS NULL OR available_at <= expires_at)
                THEN remaining ELSE 0 END AS matured
      FROM open AS o
), filling AS (
    SELECT m.*,
           least(matured, greatest(0, debt + matured - sum(matured) OVER (
               PARTITION BY account_id ORDER BY available_at, id ROWS UNBOUNDED PRECEDING)))::bigint AS filled
      FROM maturing AS m
), settled AS (
    SELECT f.*, CASE WHEN expires_at <= %(now)s THEN remaining - filled ELSE 0 END AS expired FROM filling AS f
)
"""

_OVERDUE = """
SELECT account_id FROM ledger_lot WHERE remaining > 0 AND is_pending AND available_at <= %(now)s
 UNION
SELECT account_id FROM ledger_lot WHERE remaining > 0 AND expires_at <= %(now)s
 ORDER BY account_id
"""
_LOCK = "SELECT id FROM ledger_account WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
_SETTLE = f"""
WITH account AS (
    SELECT id, balance, pending, last_seq FROM ledger_account WHERE id = ANY(%(accounts)s)
), open AS (
    SELECT l.id, l.account_id, l.entry_seq, l.remaining, l.is_pending, l.available_at, l.expires_at,
           greatest(-a.balance, 0) AS debt
      FROM ledger_lot AS l JOIN account AS a ON a.id = l.account_id
     WHERE l.account_id = ANY(%(accounts)s) AND l.remaining > 0
), {SETTLED}, changed AS (
    SELECT s.*, remaining - filled - expired AS left_over
      FROM settled AS s
     WHERE (is_pending AND available_at <= %(now)s) OR expires_at <= %(now)s
), gone AS (
    SELECT c.account_id, c.expires_at, sum(c.expired)::bigint AS points,
           row_number() OVER by_date AS number, (sum(sum(c.expired)) OVER by_date)::bigint AS running
      FROM changed AS c
     WHERE c.expired > 0
     GROUP BY c.account_id, c.expires_at
    WINDOW by_date AS (PARTITION BY c.account_id ORDER BY c.expires_at)
), written AS (
    INSERT INTO ledger_entry (account_id, seq, kind, points, balance_after, explanation, actor, occurred_at, created_at)
    SELECT a.id, a.last_seq + g.number, 'expire', -g.points, a.balance + a.pending - g.running, '[]', %(actor)s,
           g.expires_at, %(now)s
      FROM gone AS g JOIN account AS a ON a.id = g.account_id
), used AS (
    INSERT INTO ledger_lotuse (account_id, entry_seq, lot_id, points)
    SELECT account_id, entry_seq, id, filled FROM changed WHERE filled > 0
     UNION ALL
    SELECT c.account_id, a.last_seq + g.number, c.id, c.expired
      FROM changed AS c
      JOIN gone AS g ON g.account_id = c.account_id AND g.expires_at = c.expires_at
      JOIN account AS a ON a.id = c.account_id
     WHERE c.expired > 0
), lowered AS (
    UPDATE ledger_lot AS l
       SET remaining = c.left_over, is_pending = l.is_pending AND l.available_at > %(now)s
      FROM changed AS c
     WHERE l.id = c.id AND l.account_id = ANY(%(accounts)s)
), sums AS (
    SELECT account_id, sum(expired)::bigint AS expired,
           count(DISTINCT expires_at) FILTER (WHERE expired > 0) AS dates,
           coalesce(sum(remaining) FILTER (WHERE is_pending), 0)::bigint AS no_longer_pending
      FROM changed
     GROUP BY account_id
), later AS (
    SELECT account_id,
           min(least(CASE WHEN is_pending AND available_at > %(now)s THEN available_at END, expires_at)) AS due_at
      FROM settled
     WHERE remaining > filled + expired
     GROUP BY account_id
)
UPDATE ledger_account AS a
   SET pending = a.pending - s.no_longer_pending,
       balance = a.balance + s.no_longer_pending - s.expired,
       last_seq = a.last_seq + s.dates,
       next_due_at = n.due_at
  FROM sums AS s LEFT JOIN later AS n ON n.account_id = s.account_id
 WHERE a.id = s.account_id AND a.id = ANY(%(accounts)s)
"""  # noqa: S608 - made of constants


def overdue_accounts(*, now: datetime) -> list[int]:
    """Accounts with lots that settling would change, in key order."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, {"now": now})
        return [account_id for (account_id,) in cursor.fetchall()]


def settle_accounts(account_ids: Sequence[int], *, now: datetime) -> int:
    """Settle these accounts as `Book.settle` would; how many of them were there to settle.

    Inside a transaction that is short, because it holds their locks. Whoever holds one already settles that account.
    """
    with connection.cursor() as cursor:
        # A statement of its own: what the next one reads has then been committed by whoever held the lock before.
        cursor.execute(_LOCK, [list(account_ids)])
        locked = [account_id for (account_id,) in cursor.fetchall()]
        with without_nested_loops(cursor):
            cursor.execute(_SETTLE, {"accounts": locked, "now": now, "actor": SYSTEM.reference})
            return cursor.rowcount
