"""Holders of tiers when the programme changes: who will hold what, and bringing them there."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, Case, Count, Min, QuerySet, Value, When

from ledger.models import POINTS, Account
from programs.earning import Terms
from programs.services import move_tier
from programs.terms import terms_at
from tenants import bulk
from tenants.roles import Actor

# Tills wait for these accounts meanwhile: about half a second.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Move:
    """So many customers go from one tier to another."""

    came_from: str
    goes_to: str
    customers: int


def are_alike(terms: Terms, other: Terms) -> bool:
    """Whether nobody can hold another tier by the one than by the other."""
    return _bounds(terms) == _bounds(other)


def moves(planned: Terms, *, now: datetime) -> list[Move] | None:
    """Who would hold another tier under terms that are not in force yet; None where the tiers stay as they are."""
    current = terms_at(now)
    if are_alike(planned, current):
        return None
    alike = _accounts(current).values("tier_id", now=_reached(current), then=_reached(planned))
    groups = alike.annotate(customers=Count("pk"), points=Min("qualifying_points"))
    found: Counter[tuple[str, str]] = Counter()
    for group in groups:
        held = current.tier_held(group["tier_id"], group["points"])
        next_one = planned.tier_for(group["points"])
        if held.id != next_one.id:
            found[held.name, next_one.name] += group["customers"]
    return [Move(*key, customers=customers) for key, customers in found.most_common()]


def bring_up_to_date(*, after: int, actor: Actor, now: datetime) -> int | None:
    """Move the next accounts behind the id `after` to the tier that their points reach, one event for each.

    The id to go on behind, or None where all are done.
    """
    terms = terms_at(now)
    waiting = _accounts(terms).filter(pk__gt=after).exclude(tier_id=_reached(terms))
    accounts = list(waiting.select_for_update(no_key=True).order_by("pk")[:AT_ONCE])
    for account in accounts:
        move_tier(account, terms, actor=actor)
    bulk.update(Account, ("tier_id",), ((account.pk, account.tier_id) for account in accounts))
    return accounts[-1].pk if len(accounts) == AT_ONCE else None


def _accounts(terms: Terms) -> QuerySet[Account]:
    return Account.objects.filter(program_id=terms.program_id, unit=POINTS, closed_at=None)


def _bounds(terms: Terms) -> list[tuple[int, int]]:
    return [(tier.id, tier.threshold) for tier in terms.tiers]


def _reached(terms: Terms) -> Case:
    """`Terms.tier_for` for the database: the id of the tier that an account's points reach."""
    highest_first = reversed(terms.tiers)
    reached = [When(qualifying_points__gte=tier.threshold, then=Value(tier.id)) for tier in highest_first]
    return Case(*reached, default=Value(terms.tiers[0].id), output_field=BigIntegerField())
