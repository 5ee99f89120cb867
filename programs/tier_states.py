"""Every account's tier at a moment in one statement: `programs.qualifying` for the database, proven equal by test.

One step of time at a time: a day that leaves the last twelve months, or the turn of a year. The ranks, thresholds and
tiers of a version are numbers in the text; the rest are parameters.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models.expressions import RawSQL

from programs.earning import Terms
from programs.qualifying import TierRules, Window, window_begins, year_after
from tenants.calendar import midnight
from tenants.scope import current_tenant

COUNTERS: Final = ("points", "spend", "visits")
KEPT: Final = ("start_rank", "kept_rank", "kept_until", "given_rank", "given_until")

_PARAMETER: Final = re.compile(r"%\((\w+)\)s")

_LEAVING = """
    SELECT p.customer_id, sum(p.points - p.returned_points)::bigint AS points,
           sum(p.total - p.returned_total)::bigint AS spend,
           count(*) FILTER (WHERE p.total = 0 OR p.returned_total < p.total) AS visits
      FROM programs_purchase AS p
      JOIN ledger_account AS holder ON holder.customer_id = p.customer_id AND holder.unit = 'points'
     WHERE p.purchased_at >= %(moved_from)s AND p.purchased_at < %(begins)s AND p.voided_at IS NULL
       AND holder.qualifying_window = 'rolling' AND p.purchased_at >= holder.qualifying_since
       AND (%(ids)s::bigint[] IS NULL OR holder.id = ANY(%(ids)s))
     GROUP BY p.customer_id
"""
_ACCOUNTS = """
      FROM ledger_account AS a
     WHERE a.unit = 'points' AND a.program_id = %(program)s AND a.closed_at IS NULL
       AND (%(ids)s::bigint[] IS NULL OR a.id = ANY(%(ids)s))
"""


@dataclass(frozen=True, slots=True)
class States:
    """A query for `seen`: one row for each account, brought forward, with `held` and whether it `differs`."""

    sql: str
    params: dict[str, Any]

    def rows(self, wanted: str, **more: Any) -> list[tuple[Any, ...]]:
        """What a statement that reads from `seen` finds."""
        with connection.cursor() as cursor:
            cursor.execute(f"{self.sql} {wanted}", {**self.params, **more})
            return cursor.fetchall() if cursor.description else []

    def ids_where(self, condition: str, **more: Any) -> RawSQL:
        """A subquery for the ORM, which knows parameters by their place only."""
        params = {**self.params, **more}
        sql = f"{self.sql} SELECT id FROM seen WHERE {condition}"  # noqa: S608 - a condition of our own
        return RawSQL(_PARAMETER.sub("%s", sql), [params[name] for name in _PARAMETER.findall(sql)])  # noqa: S611


def states(
    terms: Terms, *, at: datetime, moved_from: datetime | None = None, ids: Collection[int] | None = None
) -> States:
    """`moved_from` is where the last twelve months have begun so far, for all accounts."""
    rules, zone = terms.tier_rules, current_tenant().zone
    begins = window_begins(rules.window, at, zone=zone)
    today = at.astimezone(zone).date()
    day = begins if rules.window == Window.YEAR and begins is not None else midnight(today, zone=zone)
    params = {
        "program": terms.program_id,
        "ids": None if ids is None else list(ids),
        "at": at,
        "begins": begins,
        "moved_from": moved_from or begins,
        "day": day,
        "grace_until": midnight(day.astimezone(zone).date() + timedelta(days=rules.grace_days), zone=zone),
        "in_a_year": midnight(year_after(today), zone=zone),
    }
    steps = {Window.LIFETIME: _as_it_is, Window.YEAR: _year, Window.ROLLING: _rolling}
    facts = ", ".join(("id", "customer_id", "tier_id", "since", *COUNTERS, *KEPT, "touched"))
    held = held_sql(rules)
    tier = " ".join(f"WHEN {tier.rank} THEN {tier.id}" for tier in terms.tiers)
    return States(
        sql=f"""
            WITH {steps[rules.window](rules)}, holding AS (SELECT {facts}, {held} AS held FROM moved),
            seen AS (SELECT *, CASE held {tier} END AS held_id FROM holding)
        """,  # noqa: S608 - integers of a published version
        params=params,
    )


def held_sql(rules: TierRules, *, counter: str = "", floor: str = "start_rank") -> str:
    """`qualifying.held_rank` of a row with the columns of `moved`.

    The highest of what stands is what stands of the highest, and no step repeats the whole.
    """
    reached = reached_sql(rules, counter or rules.basis.value)
    kept = f"CASE WHEN kept_until > %(at)s THEN {standing_sql(rules, 'kept_rank')} END"
    given = f"CASE WHEN given_until > %(at)s THEN {standing_sql(rules, 'given_rank')} END"
    return f"GREATEST({reached}, {standing_sql(rules, floor)}, {kept}, {given})"


def reached_sql(rules: TierRules, counter: str) -> str:
    return _steps([(threshold, rank) for rank, threshold in rules.steps], counter, rules.lowest)


def standing_sql(rules: TierRules, rank: str) -> str:
    return _steps([(known, known) for known, _ in rules.steps], rank, rules.lowest)


def _below(rules: TierRules, rank: str) -> str:
    return _steps([(known, rules.below(known)) for known, _ in rules.steps], rank, rules.lowest)


def _steps(steps: list[tuple[int, int]], value: str, lowest: int) -> str:
    """The last result whose bound is reached."""
    whens = " ".join(f"WHEN {value} >= {bound} THEN {result}" for bound, result in reversed(steps))
    return f"(CASE {whens} ELSE {lowest} END)"


def _as_it_is(rules: TierRules) -> str:
    return f"moved AS (SELECT {_columns()}, false AS touched {_ACCOUNTS})"


def _columns() -> str:
    counters = ", ".join(f"a.qualifying_{name} AS {name}" for name in COUNTERS)
    kept = ", ".join(f"a.{name}" for name in KEPT)
    return f"a.id, a.customer_id, a.tier_id, a.qualifying_since AS since, {counters}, {kept}"


def _year(rules: TierRules) -> str:
    """`qualifying._turn_year` for those whose counters are those of a year that is over."""
    reached = reached_sql(rules, rules.basis.value)
    earned = f"GREATEST({reached}, start_rank, CASE WHEN kept_until > %(day)s THEN kept_rank END)"
    start = f"GREATEST(reached, {_below(rules, 'earned')})" if rules.one_step_down else "reached"
    runs = "kept_until > (CASE WHEN touched THEN %(day)s ELSE %(at)s END)"
    in_grace = f"touched AND earned > {start}" if rules.grace_days else "false"
    counters = ", ".join(f"CASE WHEN touched THEN 0 ELSE {name} END AS {name}" for name in COUNTERS)
    return f"""
        accounts AS (
            SELECT {_columns()}, a.qualifying_window = 'year' AND a.qualifying_since < %(begins)s AS touched {_ACCOUNTS}
        ), turning AS (SELECT *, {reached} AS reached, {standing_sql(rules, earned)} AS earned FROM accounts),
        moved AS (
            SELECT id, customer_id, tier_id, CASE WHEN touched THEN %(begins)s ELSE since END AS since, {counters},
                   CASE WHEN touched THEN {start} ELSE start_rank END AS start_rank,
                   CASE WHEN {in_grace} THEN earned WHEN {runs} THEN kept_rank END AS kept_rank,
                   CASE WHEN {in_grace} THEN %(grace_until)s WHEN {runs} THEN kept_until END AS kept_until,
                   given_rank, given_until, touched OR coalesce(kept_until <= %(at)s, false) AS touched
              FROM turning
        )
    """  # noqa: S608 - integers of a published version


def _rolling(rules: TierRules) -> str:
    """`qualifying._leave_window` for a day, behind the end of what was kept until then."""
    counter = rules.basis.value
    ended = "coalesce(kept_until <= %(at)s, false)"
    gone = ", ".join(f"coalesce(leaving.{name}, 0) AS gone_{name}" for name in COUNTERS)
    left = ", ".join(f"{name} - gone_{name} AS {name}" for name in COUNTERS)
    before, after = f"{reached_sql(rules, counter)}", f"{reached_sql(rules, f'({counter} - gone_{counter})')}"
    landing, step = _below(rules, "kept_rank"), _below(rules, "earned")
    lands = f"{ended} AND {landing} > {standing_sql(rules, f'GREATEST({before}, start_rank)')}"
    lands = lands if rules.one_step_down else "false"
    falls = f"earned > {standing_sql(rules, 'GREATEST(reached, start_rank, landed_rank)')}"
    if rules.grace_days:
        rank, until, keeps = "earned", "%(grace_until)s", falls
    else:
        rank, until = step, "%(in_a_year)s"
        keeps = f"{step} > {standing_sql(rules, 'GREATEST(reached, start_rank, landed_rank)')}"
        keeps = f"{falls} AND {keeps}" if rules.one_step_down else "false"
    earned = standing_sql(rules, f"GREATEST({before}, start_rank, landed_rank)")
    return f"""
        leaving AS ({_LEAVING}),
        accounts AS (
            SELECT {_columns()}, {gone}, leaving.customer_id IS NOT NULL AS leaves
            {_ACCOUNTS.replace("WHERE", "LEFT JOIN leaving ON leaving.customer_id = a.customer_id WHERE", 1)}
        ), landing AS (
            SELECT *, {after} AS reached, {ended} AS ended,
                   CASE WHEN {lands} THEN {landing} WHEN NOT {ended} THEN kept_rank END AS landed_rank,
                   CASE WHEN {lands} THEN %(in_a_year)s WHEN NOT {ended} THEN kept_until END AS landed_until
              FROM accounts
        ), falling AS (SELECT *, {earned} AS earned FROM landing),
        moved AS (
            SELECT id, customer_id, tier_id, CASE WHEN leaves THEN %(begins)s ELSE since END AS since,
                   {left}, start_rank,
                   CASE WHEN {keeps} THEN {rank} ELSE landed_rank END AS kept_rank,
                   CASE WHEN {keeps} THEN {until} ELSE landed_until END AS kept_until,
                   given_rank, given_until, leaves OR ended AS touched
              FROM falling
        )
    """  # noqa: S608 - integers of a published version
