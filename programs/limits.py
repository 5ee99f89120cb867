"""What limited rules have given so far, and what they may still give."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet

from programs.models import RuleUse
from programs.rules import Rule

EVER: Final = ""
# For everybody together.
ALL: Final = None
Key = tuple[int | None, str, str]

OPEN_BUDGETS = """
INSERT INTO programs_ruleuse (account_id, code, period, points)
SELECT NULL, code, '', 0 FROM unnest(%s::text[]) AS code ORDER BY code
ON CONFLICT (tenant_id, code, account_id, period) DO NOTHING
"""
ADD = """
INSERT INTO programs_ruleuse (account_id, code, period, points)
SELECT account_id, code, period, points
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[]) AS given (account_id, code, period, points)
ON CONFLICT (tenant_id, code, account_id, period) DO UPDATE SET points = programs_ruleuse.points + excluded.points
"""
TAKE_BACK = """
UPDATE programs_ruleuse AS use SET points = use.points + given.points
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[]) AS given (account_id, code, period, points)
 WHERE use.account_id IS NOT DISTINCT FROM given.account_id AND use.code = given.code AND use.period = given.period
"""


class Given:
    """What rules have given to some accounts; more is noted here until `write` keeps it."""

    def __init__(self, uses: Iterable[RuleUse] = ()) -> None:
        self._points: dict[Key, int] = defaultdict(int)
        self._new: dict[Key, int] = defaultdict(int)
        for use in uses:
            self._points[use.account_id, use.code, use.period] = use.points

    def left(self, rules: Iterable[Rule], *, account_id: int, at: datetime) -> dict[str, int]:
        """What each of these rules may still give to an account at a moment in the shop's time zone, by code."""
        left = {}
        for rule in rules:
            rooms = [
                limit - self._points[key]
                for key, limit in _limits(rule, account_id=account_id, at=at)
                if limit is not None
            ]
            if rooms:
                left[rule.code] = max(min(rooms), 0)
        return left

    def add(self, rules: Iterable[Rule], points: Mapping[str, int], *, account_id: int, at: datetime) -> None:
        """Note what rules have given, by code; below zero where it is taken back."""
        for rule in rules:
            for key, limit in _limits(rule, account_id=account_id, at=at):
                if limit is not None:
                    self.note(key, points.get(rule.code, 0))

    def note(self, key: Key, points: int) -> None:
        self._points[key] += points
        self._new[key] += points

    def write(self) -> None:
        self._execute(ADD, [(*key, points) for key, points in sorted(self._new.items(), key=_in_order) if points > 0])
        self._execute(TAKE_BACK, [(*key, points) for key, points in self._new.items() if points < 0])
        self._new.clear()

    def _execute(self, statement: str, rows: list[tuple[int | None, str, str, int]]) -> None:
        if rows:
            with connection.cursor() as cursor:
                cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])


def given_to(account_ids: Collection[int], rules: Collection[Rule], *, at: datetime | None = None) -> Given:
    """What these rules have given to these accounts and to all; with a moment only what matters then."""
    if not rules:
        return Given()
    return Given(_uses(account_ids, rules, at=at))


def locked_given_to(account_ids: Collection[int], rules: Collection[Rule], *, at: datetime | None = None) -> Given:
    """The same for writing: the accounts are locked already, and budgets are now, in the order of their codes."""
    if budgeted := sorted(rule.code for rule in rules if rule.limits.budget is not None):
        with connection.cursor() as cursor:
            cursor.execute(OPEN_BUDGETS, [budgeted])
        budgets = RuleUse.objects.filter(account=None, code__in=budgeted).order_by("code")
        list(budgets.select_for_update(no_key=True).values_list("pk"))
    return given_to(account_ids, rules, at=at)


def move_uses(*, from_account_id: int, to_account_id: int) -> None:
    """What a customer has had counts for the one with whom they are joined."""
    uses = list(RuleUse.objects.filter(account=from_account_id))
    moved = Given()
    for use in uses:
        moved.note((to_account_id, use.code, use.period), use.points)
    moved.write()
    RuleUse.objects.filter(account=from_account_id).delete()


def given_by(explanation: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """What limited rules have given by a stored explanation, by code."""
    return {line["code"]: line["points"] for line in explanation if "code" in line}


def _in_order(item: tuple[Key, int]) -> tuple[str, int, str]:
    """One order for everybody, so that two bookings never wait for each other in a circle."""
    (account_id, code, period), _ = item
    return code, account_id or 0, period


def _uses(account_ids: Collection[int], rules: Collection[Rule], *, at: datetime | None) -> QuerySet[RuleUse]:
    rows = RuleUse.objects.filter(Q(account__in=account_ids) | Q(account=None), code__in=[rule.code for rule in rules])
    return rows if at is None else rows.filter(period__in=[EVER, _month(at), _day(at)])


def _limits(rule: Rule, *, account_id: int, at: datetime) -> list[tuple[Key, int | None]]:
    limits = rule.limits
    return [
        ((account_id, rule.code, _day(at)), limits.per_day),
        ((account_id, rule.code, _month(at)), limits.per_month),
        ((account_id, rule.code, EVER), limits.per_customer),
        ((ALL, rule.code, EVER), limits.budget),
    ]


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d")


def _month(at: datetime) -> str:
    return at.strftime("%Y-%m")
