"""The calls around rewards: what there is, redeeming, using and cancelling."""

import uuid
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import rewards as shapes
from api.problems import refusals
from api.schema import IDEMPOTENCY_KEY, examples
from api.serializers import NothingInput
from api.shaping import checked
from api.views import ApiView, customer_named, store_named
from customers.queries import customer_by
from ledger.idempotency import Answer
from rewards.codes import spelled, voucher_code
from rewards.models import Redemption, Reward
from rewards.queries import choices_of, offered_rewards, redemption_by_id, reward_by_id, reward_for_points
from rewards.redeeming import cancel_redemption, redeem, use_voucher, voucher_by_code


class RewardsView(ApiView):
    @extend_schema(
        operation_id="rewards_list",
        parameters=[shapes.RewardFilter],
        responses={200: shapes.RewardListShape, **refusals(404, 422)},
        examples=examples("rewards_list"),
    )
    def get(self, request: Request) -> Response:
        """What customers can redeem, in the merchant's order; for one customer also whether they can now."""
        wanted = checked(shapes.RewardFilter, request.query_params.dict())
        rewards = list(offered_rewards().filter(way=Reward.Way.CHOICE))
        if "customer" not in wanted:
            return Response({"results": [shapes.reward_answer(reward) for reward in rewards], "next": None})
        customer = customer_by(id=str(wanted["customer"]))
        choices = choices_of(customer, rewards, now=timezone.now())
        return Response({"results": [shapes.reward_answer(choice.reward, choice) for choice in choices], "next": None})


class RedemptionsView(ApiView):
    @extend_schema(
        operation_id="redemptions_issue",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.RedemptionInput,
        responses={201: shapes.RedemptionShape, **refusals(404, 409, 503, body=True)},
        examples=examples("redemptions_issue"),
    )
    def post(self, request: Request) -> Response:
        """Take points and issue a voucher, once per Idempotency-Key. It is used by another call, at any till."""

        def act() -> Answer:
            values = checked(shapes.RedemptionInput, request.data)
            customer = customer_named(values["customer"])
            assert customer is not None
            reward = reward_by_id(values["reward"]) if "reward" in values else reward_for_points()
            redeemed = redeem(
                customer=customer,
                reward=reward,
                points=values.get("points"),
                presence=Redemption.Presence.KEY,
                store=store_named(values.get("store")),
                total=values.get("total"),
                actor=self.actor,
                now=timezone.now(),
            )
            return Answer(status=201, body=shapes.redemption_answer(redeemed.redemption, redeemed.account))

        return self.once(request, act, shown=_with_code)


class UseView(ApiView):
    @extend_schema(
        operation_id="redemptions_use",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.UseInput,
        responses={200: shapes.RedemptionShape, **refusals(404, 409, 503, body=True)},
        examples=examples("redemptions_use"),
    )
    def post(self, request: Request, code: str) -> Response:
        """Redeem a voucher by its code, once: its reward is handed out now. 409 `voucher_used` says when and where."""

        def act() -> Answer:
            values = checked(shapes.UseInput, request.data)
            used = use_voucher(
                redemption=voucher_by_code(code, actor=self.actor),
                store=store_named(values.get("store")),
                total=values.get("total"),
                actor=self.actor,
                now=timezone.now(),
            )
            return Answer(status=200, body=shapes.redemption_answer(used, used.account))

        return self.once(request, act, shown=_with_code)


class CancelView(ApiView):
    @extend_schema(
        operation_id="redemptions_cancel",
        parameters=[IDEMPOTENCY_KEY],
        request=NothingInput,
        responses={200: shapes.RedemptionShape, **refusals(404, 409, 503, body=True)},
        examples=examples("redemptions_cancel"),
    )
    def post(self, request: Request, redemption_id: uuid.UUID) -> Response:
        """Give the points back, once, also of a voucher that was used by mistake."""

        def act() -> Answer:
            checked(NothingInput, request.data)
            cancelled = cancel_redemption(
                redemption=redemption_by_id(redemption_id), actor=self.actor, now=timezone.now()
            )
            return Answer(status=200, body=shapes.redemption_answer(cancelled.redemption, cancelled.account))

        return self.once(request, act, shown=_with_code)


def _with_code(body: dict[str, Any]) -> dict[str, Any]:
    redemption = redemption_by_id(uuid.UUID(body["id"]))
    return body | {"code": spelled(voucher_code(redemption))}
