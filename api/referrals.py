"""The shapes of referrals, and the answers in them."""

from typing import Any

from rest_framework import serializers

from api.fields import IdField, Input, InstantField, TextField
from api.serializers import CustomerReference
from api.shaping import written
from referrals.models import Channel, Referral, Side
from referrals.verdict import Reason


class ReferralFilter(Input):
    customer = IdField(required=False, help_text="Who has invited, or was invited")
    state = serializers.ChoiceField(choices=Referral.State.values, required=False)
    cursor = IdField(required=False, help_text="From `next` of the page before")


class ReferralInput(Input):
    code = TextField(max_length=40, help_text="Of the invitation, with or without dashes")
    customer = CustomerReference()


class ReferralShape(serializers.Serializer):
    id = serializers.UUIDField()
    offer = serializers.CharField()
    customer = serializers.UUIDField(allow_null=True, help_text="Who was invited")
    referrer = serializers.UUIDField(allow_null=True, help_text="Who has invited; null for a partner's code")
    channel = serializers.ChoiceField(choices=Channel.values)
    state = serializers.ChoiceField(choices=Referral.State.values)
    reasons = serializers.ListField(
        child=serializers.ChoiceField(choices=[reason.value for reason in Reason]),
        help_text="Why it is held or refused",
    )
    purchase = serializers.UUIDField(allow_null=True, help_text="The first one that is large enough")
    claimed_at = InstantField()
    pays_at = InstantField(allow_null=True, help_text="The end of the return period")
    settled_at = InstantField(allow_null=True)
    points = serializers.IntegerField(help_text="What the customer has got")
    referrer_points = serializers.IntegerField()


class ReferralListShape(serializers.Serializer):
    results = ReferralShape(many=True)
    next = serializers.URLField(allow_null=True)


def referral_answer(referral: Referral) -> dict[str, Any]:
    """Its sides, purchase and thanks are loaded with it."""
    points = {thanks.side: thanks.points for thanks in referral.thanks.all()}
    columns = ("channel", "state", "reasons", "claimed_at", "pays_at", "settled_at")
    facts: dict[str, Any] = {name: getattr(referral, name) for name in columns}
    return written(
        ReferralShape,
        facts
        | {
            "id": referral.public_id,
            "offer": referral.offer.name,
            "customer": referral.friend.public_id if referral.friend else None,
            "referrer": referral.referrer.public_id if referral.referrer else None,
            "purchase": referral.purchase.public_id if referral.purchase else None,
            "points": points.get(Side.FRIEND, 0),
            "referrer_points": points.get(Side.REFERRER, 0),
        },
    )
