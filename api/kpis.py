"""The shapes of a period's figures, and the answer in them."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from analytics.claims import Claim
from analytics.gathering import Overview
from analytics.goals.figures import MONEY
from analytics.kpis import rounded
from analytics.models import Goal
from api.fields import DayField, Input, MoneyField, TextField
from api.shaping import written
from team.models import Store
from tenants.money import decimal_amount

ASSOCIATION: Final = Claim.ASSOCIATION.value
_FROM: Final = "The first day; 30 days up to `to` where it is left out"


class PeriodFilter(Input):
    to = DayField(required=False, help_text="The last day, which belongs to it; the last one that is drawn")
    store = TextField(max_length=20, required=False, help_text="Code of a store; all together where it is left out")

    def get_fields(self) -> dict[str, Any]:
        """With `from`, which is a word of Python."""
        return {"from": DayField(required=False, help_text=_FROM), **super().get_fields()}


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]$", "examples": ["68.4"]})
class TenthsField(serializers.Field):
    """Exactly one decimal, as text."""

    def to_representation(self, value: Any) -> str:
        return str(value)


@extend_schema_field({"type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,3})?$", "examples": ["18240.50"]})
class SumField(MoneyField):
    """Money of many purchases, which no single one could be."""


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,3})?$", "examples": ["1.28", "-0.12"]})
class SignedSumField(MoneyField):
    """Money that may be less than nothing."""


class RateShape(serializers.Serializer):
    percent = TenthsField(allow_null=True, help_text="Null where there is nothing to divide by")
    part = serializers.IntegerField()
    whole = serializers.IntegerField()


class BaseShape(serializers.Serializer):
    """Customers with a purchase in the days of the window, before the period and at its end."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    kept = serializers.IntegerField(help_text="Active at both times")
    new = serializers.IntegerField(help_text="Bought for the first time in the period")
    returned = serializers.IntegerField(help_text="Had bought before, and were not active at the start")


class RepeatShape(serializers.Serializer):
    ever = RateShape()
    in_window = RateShape()


class FrequencyShape(serializers.Serializer):
    """Purchases per active customer and month, in the days of the window; in a young shop in those since it began."""

    per_month = TenthsField(allow_null=True)
    purchases = serializers.IntegerField()
    customers = serializers.IntegerField()
    days = serializers.IntegerField()


class SoldShape(serializers.Serializer):
    purchases = serializers.IntegerField()
    total = SumField()
    average = SumField(allow_null=True)


class ComparisonShape(serializers.Serializer):
    """An association, no effect: who buys more is more likely to take a card."""

    claim = serializers.ChoiceField(choices=[ASSOCIATION])
    with_card = SoldShape()
    without_card = SoldShape()


class ValueShape(serializers.Serializer):
    amount = SumField(allow_null=True)
    is_rough = serializers.BooleanField(help_text="Always: by this formula it is two to three times too high")


class SourceShape(serializers.Serializer):
    source = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()


class EnrolmentsShape(serializers.Serializer):
    count = serializers.IntegerField()
    by_source = SourceShape(many=True)
    referred = RateShape(help_text="Who came by an invitation")


class RewardsShape(serializers.Serializer):
    redemptions = serializers.IntegerField()
    points = serializers.IntegerField()
    cost = SumField(help_text="As far as it is stated")
    uncosted = serializers.IntegerField(help_text="How many had no stated cost")
    cost_per_100 = SumField(
        allow_null=True, help_text="For 100 of sales with a card; null while the cost of one is open"
    )


class CostShape(serializers.Serializer):
    """What the programme costs and what would pay for it; whether it does, only a hold-out can tell."""

    claim = serializers.ChoiceField(choices=[ASSOCIATION])
    rewards = SumField(allow_null=True, help_text="Null while the cost of a reward that was handed out is not stated")
    running = SumField(allow_null=True, help_text="For the days of the period; null before anybody has stated it")
    margin_percent = TenthsField(allow_null=True, help_text="Of sales with a card, as stated for the period")
    per_100 = SumField(allow_null=True, help_text="For 100 of sales with a card")
    per_member_and_month = SumField(allow_null=True, help_text="Of customers who are active at the end")
    left_of_purchase = SumField(allow_null=True, help_text="Of an average purchase with a card, after the goods")
    purchase_brings = SignedSumField(allow_null=True, help_text="The same after its share of rewards")
    extra_visits = TenthsField(
        allow_null=True, help_text="Per member and month, from which on it pays; null where something is not stated"
    )
    can_pay = serializers.BooleanField(allow_null=True, help_text="False where a further purchase brings nothing")


class IntervalShape(serializers.Serializer):
    low = serializers.IntegerField()
    high = serializers.IntegerField()


class RecommendationShape(serializers.Serializer):
    """The net promoter score: a whole number from -100 to 100, no percentage."""

    score = serializers.IntegerField(allow_null=True)
    answers = serializers.IntegerField()
    interval = IntervalShape(allow_null=True, help_text="95 % confidence")
    would_recommend = RateShape(help_text="9 or 10")


class GoalShape(serializers.Serializer):
    """An open goal, as of when the figures were last held against it; given as its figure is."""

    figure = serializers.ChoiceField(choices=Goal.Metric.values)
    target = serializers.CharField(help_text="In percent, purchases a month or money")
    due_on = serializers.DateField()
    start = serializers.CharField(help_text="When it was set")
    start_on = serializers.DateField()
    now = serializers.CharField(allow_null=True, help_text="Null before the first night, and of too few customers")
    now_on = serializers.DateField(allow_null=True)
    on_track = serializers.BooleanField()


class KpisShape(serializers.Serializer):
    to = serializers.DateField()
    as_of = serializers.DateField(help_text="The last day that is drawn")
    window_days = serializers.IntegerField(help_text="Active is who has bought in so many days")
    store = serializers.CharField(allow_null=True, help_text="Null for the whole shop, also where it has only one")
    currency = serializers.CharField()
    base = BaseShape()
    retention = RateShape()
    churn = RateShape(help_text="Without new customers")
    net_change = RateShape(help_text="Of the base, with its sign")
    repeat_rate = RepeatShape(help_text="Bought at least twice, of those who bought")
    frequency = FrequencyShape()
    sales = SoldShape()
    members_against_others = ComparisonShape()
    sign_up = RateShape(allow_null=True, help_text="Purchases with a card, of all; null where no others are reported")
    customer_value = ValueShape()
    active_members = RateShape(help_text="Bought or redeemed in the days of the window, of all members")
    enrolments = EnrolmentsShape(allow_null=True, help_text="Null for one store")
    rewards = RewardsShape()
    programme_cost = CostShape(allow_null=True, help_text="Null for one store")
    redemption = RateShape(allow_null=True, help_text="Points redeemed, of those that could be; null for one store")
    breakage = RateShape(allow_null=True, help_text="Points that expired unused; null for one store or few points")
    recommendation = RecommendationShape()
    goals = GoalShape(many=True, help_text="Open ones, of the store or of the whole shop")

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(), **super().get_fields()}


def kpis_answer(found: Overview, *, store: Store | None, goals: Iterable[Goal]) -> dict[str, Any]:
    sales = found.sales
    return written(
        KpisShape,
        {
            "from": found.period.first,
            "to": found.period.last,
            "as_of": found.window.last,
            "window_days": found.window.days,
            "store": store.code if store and found.store_id else None,
            "currency": found.currency,
            "base": found.base,
            "retention": found.base.retention,
            "churn": found.base.churn,
            "net_change": found.base.growth,
            "repeat_rate": {"ever": found.repeats.ever, "in_window": found.repeats.lately},
            "frequency": {
                "per_month": found.frequency,
                "purchases": found.lately.card_purchases,
                "customers": found.repeats.active,
                "days": found.lately_days,
            },
            "sales": sales,
            "members_against_others": {
                "claim": ASSOCIATION,
                "with_card": _sold(sales.card_purchases, sales.card_total, sales.card_average),
                "without_card": _sold(sales.others, sales.total - sales.card_total, sales.other_average),
            },
            "sign_up": sales.sign_up,
            "customer_value": {"amount": found.customer_value, "is_rough": True},
            "active_members": found.members,
            "enrolments": _enrolments(found),
            "rewards": {
                "redemptions": sales.redemptions,
                "points": sales.redeemed_points,
                "cost": sales.reward_cost,
                "uncosted": sales.uncosted,
                "cost_per_100": found.reward_cost_per_hundred,
            },
            "programme_cost": _cost(found),
            "redemption": found.redeemed,
            "breakage": found.breakage,
            "recommendation": {
                "score": found.recommendation,
                "answers": found.answers,
                "interval": _interval(found),
                "would_recommend": found.would_recommend,
            },
            "goals": [_goal(goal, currency=found.currency) for goal in goals],
        },
    )


def _goal(goal: Goal, *, currency: str) -> dict[str, Any]:
    def given(figure: Decimal | None) -> str | None:
        if figure is None:
            return None
        return str(decimal_amount(int(figure), currency=currency) if goal.metric in MONEY else figure)

    return {
        "figure": goal.metric,
        "target": given(goal.target),
        "due_on": goal.due_on,
        "start": given(goal.start),
        "start_on": goal.start_on,
        "now": given(goal.figure),
        "now_on": goal.figure_on,
        "on_track": not goal.is_off_track,
    }


def _sold(purchases: int, total: int, average: Any) -> dict[str, Any]:
    return {"purchases": purchases, "total": total, "average": average}


def _enrolments(found: Overview) -> dict[str, Any] | None:
    if found.enrolled is None:
        return None
    by_source = [{"source": source, "count": count} for source, count in sorted(found.enrolled.by_source.items())]
    return {"count": found.enrolled.count, "by_source": by_source, "referred": found.referred}


def _cost(found: Overview) -> dict[str, Any] | None:
    cost = found.cost
    if cost is None:
        return None
    return {
        "claim": cost.claim.value,
        "rewards": cost.rewards,
        "running": _minor(cost.running),
        "margin_percent": cost.margin_percent,
        "per_100": found.cost_per_hundred,
        "per_member_and_month": _minor(cost.per_member),
        "left_of_purchase": _minor(cost.left),
        "purchase_brings": _minor(cost.brings),
        "extra_visits": cost.extra_visits,
        "can_pay": cost.can_pay,
    }


def _minor(amount: Fraction | None) -> int | None:
    return None if amount is None else int(rounded(amount, to=Decimal(1)))


def _interval(found: Overview) -> dict[str, int] | None:
    limits = found.recommendation_interval
    return dict(zip(("low", "high"), limits, strict=True)) if limits else None
