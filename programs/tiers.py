"""Holders of tiers when the programme or the day changes: who will hold what, and bringing them there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Min, Q, QuerySet

from events.services import publish_many
from ledger.models import POINTS, Account
from programs.earning import Terms
from programs.holding import bring_forward
from programs.models import Program, Purchase
from programs.qualifying import Window, last_counting_day, window_begins
from programs.services import move_tier
from programs.terms import terms_at
from programs.tier_states import COUNTERS, States, held_sql, standing_sql, states
from tenants import bulk
from tenants.calendar import midnight
from tenants.roles import SYSTEM, Actor
from tenants.scope import current_tenant

# Tills wait for these accounts meanwhile: about half a second.
AT_ONCE = 500
FACTS = (
    *("tier_id", "qualifying_window", "qualifying_since", "start_rank", "kept_rank", "kept_until"),
    *("qualifying_points", "qualifying_spend", "qualifying_visits"),
)

_LOCK = "SELECT id FROM ledger_account WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_MOVE = """
    UPDATE ledger_account AS a
       SET tier_id = s.held_id, qualifying_since = s.since, start_rank = s.start_rank, kept_rank = s.kept_rank,
           kept_until = s.kept_until, qualifying_points = s.points, qualifying_spend = s.spend,
           qualifying_visits = s.visits
      FROM seen AS s
     WHERE a.id = s.id AND (s.touched OR s.tier_id IS DISTINCT FROM s.held_id)
    RETURNING a.id, a.customer_id, s.held_id, s.tier_id IS DISTINCT FROM s.held_id
"""


@dataclass(frozen=True, slots=True)
class Move:
    """So many customers go from one tier to another."""

    came_from: str
    goes_to: str
    customers: int


def are_alike(terms: Terms, other: Terms) -> bool:
    """Whether nobody can hold another tier by the one than by the other."""
    return terms.tier_rules == other.tier_rules and _ids(terms) == _ids(other)


def moves(planned: Terms, *, now: datetime) -> list[Move] | None:
    """Who would hold another tier under terms that are not in force yet; None where the tiers stay as they are."""
    current = terms_at(now)
    if are_alike(planned, current):
        return None
    rows = _seen(current, at=now).rows(_planned(planned, now=now), **_window(planned, now=now))
    names = {tier.rank: tier.name for tier in current.tiers}
    planned_names = {tier.rank: tier.name for tier in planned.tiers}
    return [
        Move(names[held], planned_names[then], customers)
        for held, then, customers in sorted(rows, key=lambda row: (-row[2], -row[0]))
        if current.tier_of(held).id != planned.tier_of(then).id
    ]


def bring_up_to_date(*, after: int, actor: Actor, now: datetime) -> int | None:
    """Bring the next accounts behind the id `after` to the tier that the terms in force give, one event for each.

    The id to go on behind, or None where all are done.
    """
    terms = terms_at(now)
    wanted = """SELECT s.id FROM seen AS s JOIN ledger_account AS a ON a.id = s.id
                 WHERE s.id > %(after)s AND (s.tier_id IS DISTINCT FROM s.held_id OR a.qualifying_window <> %(window)s)
                 ORDER BY s.id LIMIT %(limit)s"""
    window = terms.tier_window.value
    ids = [pk for (pk,) in _seen(terms, at=now).rows(wanted, after=after, window=window, limit=AT_ONCE)]
    accounts = list(Account.objects.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk"))
    bring_forward(accounts, terms, at=now)
    for account in accounts:
        move_tier(account, terms, actor=actor, now=now)
    bulk.update(Account, FACTS, ((account.pk, *(getattr(account, fact) for fact in FACTS)) for account in accounts))
    return ids[-1] if len(ids) == AT_ONCE else None


def holders(terms: Terms, code: str, *, now: datetime) -> QuerySet[Account]:
    """Who holds a tier, also before the night's work: until then what is kept on the accounts may be of yesterday."""
    tiers = {tier.code: tier.id for tier in terms.tiers}
    if _moved_to() == _day(now):
        return _accounts(terms).filter(tier_id=tiers.get(code))
    return _accounts(terms).filter(pk__in=_seen(terms, at=now).ids_where("held_id = %(tier)s", tier=tiers.get(code)))


def ending(*, within: timedelta, after: int, now: datetime) -> list[Account]:
    """The next accounts behind the id `after` that hold a lower tier by then if nothing more is bought."""
    wanted = """SELECT s.id FROM seen AS s JOIN programs_tier AS t ON t.id = s.tier_id
                 WHERE s.id > %(after)s AND t.rank > s.held ORDER BY s.id LIMIT %(limit)s"""
    found = _seen(terms_at(now), at=now + within).rows(wanted, after=after, limit=AT_ONCE)
    return list(Account.objects.filter(pk__in=[pk for (pk,) in found]).select_related("customer").order_by("pk"))


# --- What the night does ---


def next_day_to_move(*, now: datetime, after: date | None = None) -> date | None:
    """The next day whose beginning has not yet had its effects on everybody, behind `after`; the last one is today.

    Of days that were missed only some matter: where a year turns, or where purchases leave a window.
    """
    today, moved_to = _day(now), after or _moved_to()
    if after is not None and after >= today:
        return None
    missed = (today - moved_to).days - 1 if moved_to else 0
    if moved_to is None or missed < 1:
        return today
    match terms_at(now).tier_window:
        case Window.YEAR:
            return min(today, date(moved_to.year + 1, 1, 1))
        case Window.ROLLING:
            return min([today, *_days_that_matter(moved_to, today)])
    return today


def _days_that_matter(moved_to: date, today: date) -> list[date]:
    """The first on which purchases leave the last twelve months, and on which a kept or a given tier ends."""
    zone = current_tenant().zone
    start, end = midnight(moved_to, zone=zone), midnight(today, zone=zone)
    begins, until = (window_begins(Window.ROLLING, at, zone=zone) for at in (start, end))
    leaving = Purchase.objects.filter(purchased_at__gte=begins, purchased_at__lt=until, voided_at=None)
    ending = Account.objects.filter(unit=POINTS, closed_at=None).aggregate(
        kept=Min("kept_until", filter=Q(kept_until__gt=start)),
        given=Min("given_until", filter=Q(given_until__gt=start)),
    )
    days = [moment.astimezone(zone).date() for moment in ending.values() if moment is not None]
    if (first := leaving.aggregate(first=Min("purchased_at"))["first"]) is not None:
        days.append(last_counting_day(first.astimezone(zone).date()) + timedelta(days=1))
    return days


def due_on_day(day: date, *, now: datetime) -> list[int]:
    """Accounts whose tier or counters change at the beginning of a day."""
    # An equation: of an inequality the planner expects nearly every row, and would not share the reading out.
    wanted = (
        "SELECT id FROM seen WHERE CASE WHEN touched OR tier_id IS DISTINCT FROM held_id THEN 1 END = 1 ORDER BY id"
    )
    return [pk for (pk,) in _on(day, now=now).rows(wanted)]


def move_on_day(ids: Sequence[int], day: date, *, now: datetime) -> int:
    """Apply the beginning of a day to these accounts, an event for each that moves; how many do.

    Who has bought meanwhile has been brought forward already and is left alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(ids)])
    moved = _on(day, now=now, ids=ids).rows(_MOVE)
    changes = [
        {"account": account, "customer": customer, "tier": tier}
        for account, customer, tier, differs in moved
        if differs
    ]
    publish_many("tier.changed", actor=SYSTEM, occurred_at=now, payloads=changes)
    return len(changes)


def note_moved(day: date) -> None:
    """All accounts have had the beginning of this day."""
    Program.objects.update(moved_to=day)


def _on(day: date, *, now: datetime, ids: Sequence[int] | None = None) -> States:
    at = now if day == _day(now) else midnight(day, zone=current_tenant().zone)
    return _seen(terms_at(at), at=at, ids=ids)


def _seen(terms: Terms, *, at: datetime, ids: Sequence[int] | None = None) -> States:
    moved_to = _moved_to() if terms.tier_window == Window.ROLLING else None
    zone = current_tenant().zone
    moved_from = window_begins(terms.tier_window, midnight(moved_to, zone=zone), zone=zone) if moved_to else None
    return states(terms, at=at, moved_from=moved_from, ids=ids)


def _accounts(terms: Terms) -> QuerySet[Account]:
    return Account.objects.filter(program_id=terms.program_id, unit=POINTS, closed_at=None)


def _moved_to() -> date | None:
    return Program.objects.order_by("pk").values_list("moved_to", flat=True).first()


def _day(moment: datetime) -> date:
    return moment.astimezone(current_tenant().zone).date()


# --- What is planned ---


def _planned(planned: Terms, *, now: datetime) -> str:
    """Held now and then, and how many; in another window what is held stays for the running period."""
    rules = planned.tier_rules
    if planned.tier_window == terms_at(now).tier_window:
        return f"SELECT held, {held_sql(rules)} AS later, count(*) FROM seen GROUP BY 1, 2"  # noqa: S608
    sums = ", ".join(f"sum({column})::bigint AS {name}" for name, column in zip(COUNTERS, _BOUGHT, strict=True))
    floor = "0" if planned.tier_window == Window.LIFETIME else standing_sql(rules, "seen.held")
    later = held_sql(rules, counter=f"coalesce(bought.{rules.basis.value}, 0)", floor=floor)
    return f"""
        SELECT held, {later} AS later, count(*)
          FROM seen LEFT JOIN (
              SELECT customer_id, {sums} FROM programs_purchase
               WHERE voided_at IS NULL AND (%(since)s::timestamptz IS NULL OR purchased_at >= %(since)s)
               GROUP BY customer_id
          ) AS bought ON bought.customer_id = seen.customer_id
         GROUP BY 1, 2
    """  # noqa: S608 - names and integers of our own


_BOUGHT = ("points - returned_points", "total - returned_total", "1")


def _window(planned: Terms, *, now: datetime) -> dict[str, datetime | None]:
    return {"since": window_begins(planned.tier_window, now, zone=current_tenant().zone)}


def _ids(terms: Terms) -> list[int]:
    return [tier.id for tier in terms.tiers]
