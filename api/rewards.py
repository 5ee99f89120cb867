"""The shapes of rewards and vouchers, and the answers in them."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from api.fields import IdField, Input, InstantField, MoneyField, PointsField, TextField
from api.serializers import CustomerReference, CustomersRewardShape, RewardShape
from api.shaping import written
from ledger.models import Account
from programs.queries import points_name
from programs.rules import Conditions
from programs.terms import terms_at
from rewards.models import Redemption, Reward
from rewards.queries import Choice
from rewards.services import MOST_POINTS
from rewards.wording import benefit_text, till_text

# What is told as the column of the same name holds it.
_COLUMNS = sorted({str(name) for name in RewardShape().fields} & {field.name for field in Reward._meta.get_fields()})


class RewardFilter(Input):
    customer = IdField(required=False, help_text="Also say what this customer can redeem")


class RewardListShape(serializers.Serializer):
    results = CustomersRewardShape(many=True)
    next = serializers.URLField(allow_null=True)


class RedemptionInput(Input):
    """`reward`, or `points` alone for the reward of which the customer chooses how many."""

    customer = CustomerReference()
    reward = IdField(required=False)
    points = PointsField(min_value=1, max_value=MOST_POINTS, required=False)
    store = TextField(max_length=20, required=False, allow_null=True, help_text="The store's code")
    total = MoneyField(required=False, help_text="Of the purchase that it is redeemed with")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "reward" not in attrs and "points" not in attrs:
            self.fail("required")
        return attrs


class UseInput(Input):
    store = TextField(max_length=20, required=False, allow_null=True, help_text="The store's code")
    total = MoneyField(required=False, help_text="Of the purchase that it is redeemed with")


class RedemptionShape(serializers.Serializer):
    id = serializers.UUIDField()
    code = serializers.CharField(help_text="Of the voucher, as its QR code holds it")
    reference = serializers.CharField(help_text="For the receipt; no secret")
    state = serializers.ChoiceField(choices=Redemption.State.choices)
    reward = serializers.UUIDField()
    name = serializers.CharField()
    points = serializers.IntegerField(help_text="What it has cost")
    value = MoneyField(allow_null=True)
    percent = serializers.IntegerField(allow_null=True)
    till_text = serializers.CharField(help_text="What to key into the till")
    balance = serializers.IntegerField()
    issued_at = InstantField()
    expires_at = InstantField(help_text="The first moment at which it cannot be used any more")
    used_at = InstantField(allow_null=True)


def reward_answer(reward: Reward, choice: Choice | None = None) -> dict[str, Any]:
    return written(CustomersRewardShape, reward_facts(reward, choice))


def reward_facts(reward: Reward, choice: Choice | None = None) -> dict[str, Any]:
    """What an answer says about a reward, and with `choice` about one customer and it."""
    conditions = Conditions.from_json(reward.conditions)
    facts: dict[str, Any] = {name: getattr(reward, name) for name in _COLUMNS}
    return facts | {
        "id": reward.public_id,
        "text": benefit_text(reward, points_name(terms_at(timezone.now()))),
        "starts_on": conditions.from_on,
        "ends_on": conditions.until_on,
        "redeemable": choice.is_redeemable if choice else None,
        "obstacle": choice.obstacles[0].value if choice and choice.obstacles else None,
    }


def redemption_answer(redemption: Redemption, account: Account) -> dict[str, Any]:
    """Without its code: a kept answer redeems nothing."""
    answer = {
        "id": redemption.public_id,
        "code": "",
        "reference": redemption.reference,
        "state": redemption.state,
        "reward": redemption.reward.public_id,
        "name": redemption.reward.name,
        "points": redemption.points,
        "value": redemption.value,
        "percent": redemption.percent,
        "till_text": till_text(redemption),
        "balance": account.balance,
        "issued_at": redemption.issued_at,
        "expires_at": redemption.expires_at,
        "used_at": redemption.used_at,
    }
    return written(RedemptionShape, answer)
