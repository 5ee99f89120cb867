"""From rows to what the pure rules look at: what a reward asks for, and the situation of whoever asks."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Count, Q

from ledger.models import Account
from ledger.queries import figures
from programs.holding import held_tier
from programs.rules import Conditions
from programs.terms import terms_at
from rewards.models import Redemption, Reward
from rewards.offers import Offer, Situation, is_gone
from team.models import Store
from tenants.calendar import midnight
from tenants.scope import current_tenant

# What is cancelled or has expired was not had.
HAD = (Redemption.State.ISSUED, Redemption.State.USED)


def offer_of(reward: Reward) -> Offer:
    """What a reward asks for; its tiers are loaded with it."""
    return Offer(
        points=reward.points,
        chooses_points=reward.chooses_points,
        most_points=reward.most_points,
        value=reward.value,
        is_open=reward.published_at is not None and reward.ended_at is None,
        is_given=reward.way != Reward.Way.CHOICE,
        tier_rank=reward.tier.rank if reward.tier else 0,
        early_rank=reward.early_tier.rank if reward.early_tier else None,
        early_days=reward.early_days,
        teaser_days=reward.teaser_days,
        conditions=Conditions.from_json(reward.conditions),
        min_total=reward.min_total,
        per_customer=reward.per_customer,
        per_customer_day=reward.per_customer_day,
        per_day=reward.per_day,
        stock=reward.stock,
        event_over_at=reward.event_ends_at,
    )


def left_of(rewards: Iterable[Reward], *, now: datetime) -> list[Reward]:
    """Those of which there is still something to give, whoever gets it."""
    at = now.astimezone(current_tenant().zone)
    return [reward for reward in rewards if not is_gone(offer_of(reward), at=at)]


def situation_of(
    reward: Reward,
    account: Account,
    *,
    now: datetime,
    store: Store | None = None,
    total: int | None = None,
    is_at_till: bool = True,
) -> Situation:
    """For one reward, seen behind the lock of the account."""
    return situations_of([reward], account, now=now, store=store, total=total, is_at_till=is_at_till)[reward.pk]


def situations_of(
    rewards: Collection[Reward],
    account: Account,
    *,
    now: datetime,
    store: Store | None = None,
    total: int | None = None,
    is_at_till: bool = True,
) -> dict[int, Situation]:
    """For each reward by its id, with as many queries for fifty as for one."""
    local = now.astimezone(current_tenant().zone)
    counts = _counts(rewards, account.customer_id, since=midnight(local.date(), zone=current_tenant().zone))
    balance = figures(account, now=now).balance
    rank = held_tier(account, terms_at(now), now=now).rank
    return {
        reward.pk: Situation(
            at=local,
            balance=balance,
            rank=rank,
            store_id=store.pk if store else None,
            total=total,
            is_at_till=is_at_till,
            **counts.get(reward.pk, {}),
        )
        for reward in rewards
    }


def _counts(rewards: Collection[Reward], customer_id: int, *, since: datetime) -> dict[int, dict[str, int]]:
    """How often each limited reward was taken, by this customer and by all."""
    limited = [reward.pk for reward in rewards if _has_limits(reward)]
    if not limited:
        return {}
    own, today = Q(customer=customer_id), Q(issued_at__gte=since)
    taken = Redemption.objects.filter(own | today, reward__in=limited, state__in=HAD).order_by()
    rows = taken.values_list("reward_id").annotate(
        had=Count("pk", filter=own),
        had_today=Count("pk", filter=own & today),
        taken_today=Count("pk", filter=today),
    )
    names = ("had", "had_today", "taken_today")
    return {reward_id: dict(zip(names, counts, strict=True)) for reward_id, *counts in rows}


def _has_limits(reward: Reward) -> bool:
    return any(limit is not None for limit in (reward.per_customer, reward.per_customer_day, reward.per_day))
