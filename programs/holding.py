"""Who holds which tier: accounts brought forward to a moment, under their lock or in memory to be looked at."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from copy import copy
from datetime import datetime

from ledger.models import Account
from programs import qualifying
from programs.earning import Terms, TierTerms
from programs.models import Purchase
from programs.qualifying import Counted, Window, window_begins
from programs.terms import timeline
from tenants.scope import current_tenant


def bring_forward(accounts: Iterable[Account], terms: Terms, *, at: datetime) -> None:
    """What has left the window counts no more, and what was kept until now has ended. Whoever has the locks saves it.

    Everything that reads or changes the counters comes here first. It asks only for what has left the last twelve
    months, and for all purchases where the version counts in another window than the account.
    """
    rules, zone = terms.tier_rules, current_tenant().zone
    begins = window_begins(rules.window, at, zone=zone)
    kept = list(accounts)
    elsewhere = [account for account in kept if account.qualifying_window != rules.window]
    bought = [account for account in elsewhere if account.lifetime_visits]
    counted = _counted(bought, since=begins) if bought else {}
    held = _held_before(elsewhere, terms, at=at)
    for account in elsewhere:
        purchases = counted.get(account.customer_id, [])
        qualifying.change_window(account, rules, held=held[account.pk], counted=purchases, at=at, zone=zone)
    behind = [account for account in kept if account.qualifying_visits and _is_behind(account, rules.window, begins)]
    leaving = _counted(behind, since=_earliest(behind), before=begins) if behind else {}
    for account in kept:
        left = [one for one in leaving.get(account.customer_id, []) if qualifying.counts(account, one.at)]
        qualifying.bring_forward(account, rules, to=at, zone=zone, leaving=left)


def tier_of(account: Account, terms: Terms, *, at: datetime) -> TierTerms:
    """The tier of an account that has been brought forward."""
    return terms.tier_of(qualifying.held_rank(account, terms.tier_rules, at=at))


def held_tier(account: Account, terms: Terms, *, now: datetime) -> TierTerms:
    """The tier that somebody holds, also before the night's work and before a new version has reached the account."""
    return held_tiers([account], terms, now=now)[account.pk]


def held_tiers(accounts: Collection[Account], terms: Terms, *, now: datetime) -> dict[int, TierTerms]:
    """The same for many, by account, in as many queries as for one."""
    return {account.pk: tier_of(account, terms, at=now) for account in as_at(accounts, terms, now=now)}


def as_at(accounts: Collection[Account], terms: Terms, *, now: datetime) -> list[Account]:
    """The accounts as they are at a moment, not to be saved."""
    seen = [copy(account) for account in accounts]
    bring_forward(seen, terms, at=now)
    return seen


def tier_before(account: Account, held: TierTerms, *, terms: Terms) -> TierTerms:
    """What the terms of a purchase's day give for the tier that is held now, or for what is counted if that is more."""
    rules = terms.tier_rules
    return terms.tier_of(max(held.rank, rules.reached(rules.counter(account))))


def purchases_in_window(account: Account) -> list[Counted]:
    """What counts now, oldest first."""
    bought = _counted([account], since=account.qualifying_since).get(account.customer_id, [])
    return sorted(bought, key=lambda purchase: purchase.at)


def _is_behind(account: Account, window: Window, begins: datetime | None) -> bool:
    since = account.qualifying_since
    return window == Window.ROLLING and since is not None and begins is not None and since < begins


def _earliest(accounts: list[Account]) -> datetime | None:
    return min((account.qualifying_since for account in accounts if account.qualifying_since), default=None)


def _counted(
    accounts: list[Account], *, since: datetime | None = None, before: datetime | None = None
) -> dict[int, list[Counted]]:
    """Purchases by customer, without what was voided or returned."""
    rows = Purchase.objects.filter(customer__in=[account.customer_id for account in accounts], voided_at=None)
    rows = rows if since is None else rows.filter(purchased_at__gte=since)
    rows = rows if before is None else rows.filter(purchased_at__lt=before)
    found: dict[int, list[Counted]] = defaultdict(list)
    figures = ("customer_id", "purchased_at", "points", "total", "returned_points", "returned_total")
    for row in rows.only(*figures):
        assert row.customer_id is not None
        left = Counted(at=row.purchased_at, points=row.points_left, spend=row.total_left, visits=row.visits_left)
        found[row.customer_id].append(left)
    return found


def _held_before(accounts: list[Account], terms: Terms, *, at: datetime) -> dict[int, int]:
    """What each has by the version that counted in its window last, without what was given by hand."""
    lowest = {None, terms.tiers[0].id}
    known = timeline().terms if any(account.tier_id not in lowest for account in accounts) else []
    latest = {before.tier_window.value: before for before in known if before.number < terms.number}
    held = dict.fromkeys([account.pk for account in accounts], terms.tier_rules.lowest)
    for account in accounts:
        if account.tier_id not in lowest and (before := latest.get(account.qualifying_window)):
            held[account.pk] = qualifying.earned_rank(account, before.tier_rules, at=at)
    return held
