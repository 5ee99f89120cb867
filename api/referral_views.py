"""The calls around referrals: who has come by whom, and that somebody has come."""

from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import referrals as shapes
from api.problems import refusals
from api.schema import IDEMPOTENCY_KEY, examples
from api.shaping import checked
from api.views import PAGE, ApiView, customer_named
from customers.queries import customer_by
from ledger.idempotency import Answer
from referrals.claiming import claim_invitation
from referrals.models import Channel
from referrals.queries import referral_by_id, referrals
from tenants.pages import page_of
from tenants.scope import current_tenant


class ReferralsView(ApiView):
    @extend_schema(
        operation_id="referrals_list",
        parameters=[shapes.ReferralFilter],
        responses={200: shapes.ReferralListShape, **refusals(404, 422)},
        examples=examples("referrals_list"),
    )
    def get(self, request: Request) -> Response:
        """Who has come by an invitation, newest first; for one customer on either side."""
        wanted = checked(shapes.ReferralFilter, request.query_params.dict())
        customer = customer_by(id=str(wanted["customer"])) if "customer" in wanted else None
        states = [wanted["state"]] if "state" in wanted else []
        rows = referrals(states=states, customer=customer).order_by("-public_id")
        rows = rows.filter(public_id__lt=wanted["cursor"]) if "cursor" in wanted else rows
        page = page_of(rows, size=PAGE)
        following = _next(request, wanted | {"cursor": page.last.public_id}) if page.last else None
        return Response({"results": [shapes.referral_answer(row) for row in page.rows], "next": following})

    @extend_schema(
        operation_id="referrals_claim",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.ReferralInput,
        responses={201: shapes.ReferralShape, **refusals(404, 409, 503, body=True)},
        examples=examples("referrals_claim"),
    )
    def post(self, request: Request) -> Response:
        """Say that a new customer has come by an invitation, once in a lifetime and within days of the enrolment.

        Both sides are thanked after the first purchase and the return period. 409 `existing_customer`,
        `own_invitation`, `invitation_over`, `invitations_used_up`; 404 `unknown_invitation`.
        """

        def act() -> Answer:
            values = checked(shapes.ReferralInput, request.data)
            friend = customer_named(values["customer"])
            assert friend is not None
            referral = claim_invitation(
                friend=friend, code=values["code"], channel=Channel.API, actor=self.actor, now=timezone.now()
            )
            return Answer(status=201, body=shapes.referral_answer(referral_by_id(referral.public_id)))

        return self.once(request, act)


def _next(request: Request, wanted: dict[str, Any]) -> str:
    return f"{current_tenant().url}{request.path}?{urlencode(wanted)}"
