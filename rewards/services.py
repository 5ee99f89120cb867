"""What a merchant does with rewards: prepare, offer, change, order and end them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from events.services import publish
from programs.models import Tier
from programs.rules import Conditions
from rewards.errors import RewardEnded
from rewards.models import Redemption, Reward, RewardPhoto
from tenants.contact import normal_name
from tenants.errors import Invalid
from tenants.money import MAX_MINOR
from tenants.roles import Actor
from tenants.scope import refuse_closed

MOST_POINTS = 10_000_000
LONGEST_EVENT = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardDraft:
    """What a merchant states about a reward; the columns of `Reward` of the same names say what each means."""

    kind: Reward.Kind
    name: str
    way: Reward.Way = Reward.Way.CHOICE
    description: str = ""
    icon: str = "gift"
    points: int = 0
    chooses_points: bool = False
    most_points: int | None = None
    value: int | None = None
    percent: int | None = None
    cost: int | None = None
    tier: Tier | None = None
    early_tier: Tier | None = None
    early_days: int = 0
    teaser_days: int = 0
    conditions: Conditions = field(default_factory=Conditions)
    min_total: int = 0
    per_customer: int | None = None
    per_customer_day: int | None = None
    per_day: int | None = None
    stock: int | None = None
    valid_days: int = 14
    event_at: datetime | None = None
    event_ends_at: datetime | None = None
    event_place: str = ""
    is_listed: bool = True


def create_reward(*, draft: RewardDraft, actor: Actor, now: datetime, publish_now: bool = False) -> Reward:
    """A reward at the end of the list; customers see it once it is published. Raises Invalid and ShopClosed."""
    refuse_closed()
    draft = _checked(draft)
    with transaction.atomic():
        last = Reward.objects.aggregate(last=Max("position"))["last"]
        reward = Reward(
            **_columns(draft),
            position=0 if last is None else last + 1,
            published_at=now if publish_now else None,
            created_at=now,
            changed_at=now,
            actor=actor.reference,
        )
        reward.save(force_insert=True)
        publish("reward.created", actor=actor, occurred_at=now, reward=reward.pk)
        if publish_now:
            publish("reward.published", actor=actor, occurred_at=now, reward=reward.pk)
    return reward


def change_reward(
    *, reward: Reward, draft: RewardDraft, actor: Actor, now: datetime, stock_seen: int | None = None
) -> Reward:
    """From now on; vouchers that are out keep what they were issued with, and places move with their event.

    Raises Invalid, RewardEnded, ShopClosed.
    `stock_seen` is what was left when somebody began to change it: what was taken meanwhile stays taken.
    """
    refuse_closed()
    draft = _checked(draft)
    with transaction.atomic():
        current = _locked(reward)
        if None not in (stock_seen, draft.stock, current.stock):
            draft = replace(draft, stock=max((current.stock or 0) + (draft.stock or 0) - (stock_seen or 0), 0))
        changed = [name for name, value in _columns(draft).items() if getattr(current, name) != value]
        if not changed:
            return current
        for name in changed:
            setattr(current, name, _columns(draft)[name])
        current.changed_at, current.actor = now, actor.reference
        current.save()
        if current.event_ends_at is not None and "event_ends_at" in changed:
            places = Redemption.objects.filter(reward=current, state=Redemption.State.ISSUED)
            places.update(expires_at=current.event_ends_at)
        publish("reward.changed", actor=actor, occurred_at=now, reward=current.pk, changed=changed)
    return current


def publish_reward(*, reward: Reward, actor: Actor, now: datetime) -> Reward:
    """Customers see it from now on. Raises RewardEnded and ShopClosed."""
    refuse_closed()
    with transaction.atomic():
        current = _locked(reward)
        if current.published_at is None:
            current.published_at = now
            current.save(update_fields=["published_at"])
            publish("reward.published", actor=actor, occurred_at=now, reward=current.pk)
    return current


def end_reward(*, reward: Reward, actor: Actor, now: datetime) -> Reward:
    """Nobody gets it any more; vouchers that are out can be used."""
    with transaction.atomic():
        current = Reward.objects.select_for_update(no_key=True).get(pk=reward.pk)
        if current.ended_at is None:
            current.ended_at = now
            current.save(update_fields=["ended_at"])
            publish("reward.ended", actor=actor, occurred_at=now, reward=current.pk)
    return current


def order_rewards(*, rewards: Sequence[Reward], actor: Actor, now: datetime) -> None:
    """Show them in this order."""
    with transaction.atomic():
        for position, reward in enumerate(rewards):
            Reward.objects.filter(pk=reward.pk).update(position=position)
        publish("reward.ordered", actor=actor, occurred_at=now, count=len(rewards))


def show_photo(*, reward: Reward, photo: RewardPhoto | None, actor: Actor, now: datetime) -> Reward:
    """A picture in place of the icon, or the icon again."""
    with transaction.atomic():
        current = _locked(reward)
        current.photo, current.changed_at, current.actor = photo, now, actor.reference
        current.save(update_fields=["photo", "changed_at", "actor"])
        publish("reward.changed", actor=actor, occurred_at=now, reward=current.pk, changed=["photo"])
    return current


def _locked(reward: Reward) -> Reward:
    current = Reward.objects.select_for_update(no_key=True).get(pk=reward.pk)
    if current.ended_at is not None:
        raise RewardEnded
    return current


def _columns(draft: RewardDraft) -> dict[str, Any]:
    values = {name: getattr(draft, name) for name in draft.__slots__}
    return values | {"conditions": draft.conditions.as_json()}


def _checked(draft: RewardDraft) -> RewardDraft:
    """Normal spelling, and without what its kind does not know. Raises Invalid at the field."""
    draft = replace(draft, name=normal_name(draft.name), description=" ".join(draft.description.split()))
    if not draft.name:
        raise Invalid(_("Enter a name."), field="name")
    draft = _of_its_kind(draft)
    _refuse_bad_price(draft)
    _refuse_bad_value(draft)
    _refuse_bad_time(draft)
    return draft


def _of_its_kind(draft: RewardDraft) -> RewardDraft:
    if draft.kind != Reward.Kind.PERCENT:
        draft = replace(draft, percent=None)
    if draft.kind != Reward.Kind.EVENT:
        draft = replace(draft, event_at=None, event_ends_at=None, event_place="")
    if draft.kind in {Reward.Kind.PERCENT, Reward.Kind.EVENT}:
        draft = replace(draft, value=None)
    if draft.kind != Reward.Kind.AMOUNT:
        draft = replace(draft, chooses_points=False)
    if draft.way != Reward.Way.CHOICE:
        draft = replace(draft, points=0, chooses_points=False)
    return draft if draft.chooses_points else replace(draft, most_points=None)


def _refuse_bad_price(draft: RewardDraft) -> None:
    least = 1 if draft.chooses_points else 0
    if not least <= draft.points <= MOST_POINTS:
        raise Invalid(_("Enter a number of points."), field="points")
    if draft.most_points is not None and not 0 < draft.most_points <= MOST_POINTS:
        raise Invalid(_("Enter a number of points above zero."), field="most_points")


def _refuse_bad_value(draft: RewardDraft) -> None:
    if draft.kind == Reward.Kind.AMOUNT and not draft.value:
        raise Invalid(_("Enter the discount."), field="value")
    if draft.kind == Reward.Kind.PERCENT and not 1 <= (draft.percent or 0) <= 100:
        raise Invalid(_("Enter a share between 1 and 100."), field="percent")
    for name in ("value", "cost", "min_total"):
        amount = getattr(draft, name)
        if amount is not None and not 0 <= amount <= MAX_MINOR:
            raise Invalid(_("Enter an amount."), field=name)


def _refuse_bad_time(draft: RewardDraft) -> None:
    first, last = draft.conditions.from_on, draft.conditions.until_on
    if first is not None and last is not None and last < first:
        raise Invalid(_("The last day lies before the first one."), field="until_on")
    if not 1 <= draft.valid_days <= 3 * 366:
        raise Invalid(_("Enter a number of days."), field="valid_days")
    if draft.kind != Reward.Kind.EVENT:
        return
    if draft.event_at is None:
        raise Invalid(_("Enter when the event begins."), field="event_at")
    if draft.event_ends_at is None or not draft.event_at < draft.event_ends_at <= draft.event_at + LONGEST_EVENT:
        raise Invalid(_("Enter when the event ends."), field="event_ends_at")
