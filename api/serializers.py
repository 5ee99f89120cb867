"""The shapes of the API: what a call takes, and what it answers. Nothing here writes."""

from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import (
    IdField,
    IndexField,
    Input,
    InstantField,
    MoneyField,
    PointsField,
    QuantityField,
    SeqField,
    TextField,
)
from customers.models import Consent, Customer
from ledger.models import Entry
from programs.adjusting import MOST_POINTS, Reason
from programs.qualifying import Basis
from programs.returns import ReturnReason
from programs.rules import Kind, Occasion, Per, Stacking
from rewards.models import Reward

REFERENCES = ("id", "number", "card", "email", "phone", "external_id")


class TierShape(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class CustomerInput(Input):
    name = TextField(max_length=120, required=False, allow_blank=True)
    email = TextField(max_length=254, required=False, allow_blank=True)
    phone = TextField(max_length=40, required=False, allow_blank=True)
    birthday = TextField(max_length=10, required=False, allow_blank=True, help_text="MM-DD; a year is not kept")
    language = serializers.ChoiceField(choices=["de", "en"], required=False, allow_blank=True)
    external_id = TextField(max_length=80, required=False, allow_blank=True)


class EnrolmentInput(CustomerInput):
    consents = serializers.ListField(
        child=serializers.ChoiceField(choices=Consent.Channel.choices),
        required=False,
        max_length=3,
        help_text="Channels the customer is asked about; the customer confirms them.",
    )


class CustomerFilter(Input):
    email = TextField(max_length=254, required=False)
    phone = TextField(max_length=40, required=False)
    number = TextField(max_length=20, required=False)
    external_id = TextField(max_length=80, required=False)
    cursor = IdField(required=False, help_text="From `next` of the page before")


class CustomerShape(serializers.Serializer):
    id = serializers.UUIDField()
    number = serializers.CharField()
    card = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    birthday = serializers.CharField(allow_blank=True)
    language = serializers.CharField(allow_blank=True)
    external_id = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=Customer.Status.choices)
    tier = TierShape()
    balance = serializers.IntegerField()
    pending = serializers.IntegerField()
    enrolled_at = InstantField()


class CustomerListShape(serializers.Serializer):
    results = CustomerShape(many=True)
    next = serializers.URLField(allow_null=True)


class ExpiringShape(serializers.Serializer):
    points = serializers.IntegerField()
    expires_on = serializers.DateField()


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string", "examples": ["45.00"]}]})
class CountedField(serializers.ReadOnlyField):
    """Points or visits as a number, money as a string, by the `basis` beside it."""


class NextTierShape(serializers.Serializer):
    tier = TierShape()
    missing = CountedField()
    basis = serializers.ChoiceField(choices=[basis.value for basis in Basis])
    until = serializers.DateField(allow_null=True, help_text="The last day of the period, where there is one")


class KeepShape(serializers.Serializer):
    tier = TierShape()
    missing = CountedField()
    basis = serializers.ChoiceField(choices=[basis.value for basis in Basis])
    until = serializers.DateField(help_text="The last day to collect what is missing")


class ExpiringStampsShape(serializers.Serializer):
    stamps = serializers.IntegerField()
    expires_on = serializers.DateField()


class StampCardShape(serializers.Serializer):
    card = serializers.CharField(help_text="The code of the stamp card")
    name = serializers.CharField()
    stamps = serializers.IntegerField(help_text="On the card; below zero after a return")
    needed = serializers.IntegerField()
    reward = serializers.CharField(help_text="What a full card brings")


class HeldCardShape(StampCardShape):
    expiring = ExpiringStampsShape(many=True)


class StampingShape(serializers.Serializer):
    card = serializers.CharField()
    name = serializers.CharField()
    stamps = serializers.IntegerField(help_text="How many the purchase brings")
    text = serializers.CharField(help_text="What for")


class StampsInput(Input):
    card = TextField(max_length=13, help_text="The code of the stamp card")
    count = PointsField(min_value=1, max_value=50, required=False, default=1)


class RedeemStampsInput(Input):
    card = TextField(max_length=13, help_text="The code of the stamp card")


class VoidStampsInput(RedeemStampsInput):
    seq = PointsField(min_value=1, max_value=2**63 - 1, help_text="The entry, as it was answered")


class StampBookingShape(StampCardShape):
    seq = serializers.IntegerField(help_text="The entry in the ledger of this card")
    booked = serializers.IntegerField(help_text="Stamps that this call has brought, below zero where it took some")


class BalanceShape(serializers.Serializer):
    balance = serializers.IntegerField()
    pending = serializers.IntegerField()
    expiring = ExpiringShape(many=True)
    tier = TierShape()
    next_tier = NextTierShape(allow_null=True)
    keep = KeepShape(allow_null=True, help_text="What is missing for keeping the tier; null where it stays")
    stamps = HeldCardShape(many=True, help_text="Stamp cards, also those without a stamp")


class EntryShape(serializers.Serializer):
    seq = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Entry.Kind.choices)
    points = serializers.IntegerField()
    balance_after = serializers.IntegerField()
    purchase = serializers.UUIDField(allow_null=True)
    redemption = serializers.UUIDField(allow_null=True)
    reverses = serializers.IntegerField(allow_null=True)
    occurred_at = InstantField()
    explanation = serializers.CharField()


class EntryListShape(serializers.Serializer):
    results = EntryShape(many=True)
    next = serializers.URLField(allow_null=True)


class EntryFilter(Input):
    cursor = SeqField(required=False, help_text="From `next` of the page before")


class CustomerReference(Input):
    """Exactly one of the members."""

    document: ClassVar = {"minProperties": 1, "maxProperties": 1}
    id = TextField(max_length=40, required=False)
    number = TextField(max_length=20, required=False)
    card = TextField(max_length=40, required=False)
    email = TextField(max_length=254, required=False)
    phone = TextField(max_length=40, required=False)
    external_id = TextField(max_length=80, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError(_("Name the customer by exactly one of: %s.") % ", ".join(REFERENCES))
        return attrs


class LineInput(Input):
    sku = TextField(max_length=60, required=False, allow_blank=True, default="")
    name = TextField(max_length=120, required=False, allow_blank=True, default="")
    category = TextField(max_length=60, required=False, allow_blank=True, default="")
    quantity = QuantityField(required=False, default=Decimal(1))
    total = MoneyField()


class PurchaseInput(Input):
    customer = CustomerReference(allow_null=True, help_text="null records an anonymous sale")
    total = MoneyField(help_text="What was paid after discounts")
    currency = TextField(max_length=3)
    store = TextField(max_length=20, required=False, allow_null=True, help_text="The store's code")
    receipt_number = TextField(max_length=60, required=False, allow_null=True)
    purchased_at = InstantField(required=False, allow_null=True, help_text="Now, if left out")
    lines = serializers.ListField(child=LineInput(), required=False, max_length=500)


class ClaimInput(Input):
    receipt_number = TextField(max_length=60)
    total = MoneyField(help_text="What stands on the receipt")
    store = TextField(max_length=20, required=False, allow_null=True, help_text="The store's code")


class NothingInput(Input):
    """A call that needs nothing but its address."""


class ExplanationShape(serializers.Serializer):
    rule = serializers.CharField()
    text = serializers.CharField()
    points = serializers.IntegerField()


class RewardShape(serializers.Serializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Reward.Kind.choices)
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True, help_text="What it brings, where its name does not say so")
    points = serializers.IntegerField(help_text="The price; with `chooses_points` what `value` costs")
    chooses_points = serializers.BooleanField(help_text="The customer chooses how many points to spend")
    most_points = serializers.IntegerField(allow_null=True)
    value = MoneyField(allow_null=True, help_text="The discount, or what it costs elsewhere in the shop")
    percent = serializers.IntegerField(allow_null=True)
    tier = TierShape(allow_null=True, help_text="From which tier on it is for")
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    min_total = MoneyField(help_text="What has to be bought with it")
    stock = serializers.IntegerField(allow_null=True, help_text="How many are left; of an event, places")
    valid_days = serializers.IntegerField(help_text="How long a voucher lasts")
    event_at = InstantField(allow_null=True)
    event_place = serializers.CharField(allow_blank=True)


class CustomersRewardShape(RewardShape):
    redeemable = serializers.BooleanField(allow_null=True, help_text="By the customer asked for, now")
    obstacle = serializers.CharField(allow_null=True, help_text="What stands in the way, in one word")


class BenefitShape(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["discount"])
    percent = serializers.IntegerField()
    text = serializers.CharField()


class PurchaseShape(serializers.Serializer):
    id = serializers.UUIDField()
    points = serializers.IntegerField(help_text="All that was earned")
    pending = serializers.IntegerField(help_text="The part of it that is not yet available")
    balance = serializers.IntegerField(allow_null=True)
    tier = TierShape(allow_null=True)
    tier_changed = serializers.BooleanField()
    benefits = BenefitShape(many=True)
    explanation = ExplanationShape(many=True, help_text="Its points add up to `points`")
    stamps = StampingShape(many=True, help_text="What the purchase brought to stamp cards")
    receipt_text = serializers.CharField(allow_blank=True)


class PreviewShape(serializers.Serializer):
    points = serializers.IntegerField()
    pending = serializers.IntegerField()
    balance = serializers.IntegerField(allow_null=True, help_text="As it is now, before the purchase")
    tier = TierShape(allow_null=True)
    discount = BenefitShape(allow_null=True, help_text="Standing discount of the tier")
    rewards = CustomersRewardShape(many=True, help_text="Rewards that could be redeemed now")
    explanation = ExplanationShape(many=True)
    stamps = StampingShape(many=True, help_text="What the purchase would bring to stamp cards")
    receipt_text = serializers.CharField(allow_blank=True)


class VoidShape(serializers.Serializer):
    id = serializers.UUIDField()
    points = serializers.IntegerField(help_text="Zero or below: what was taken back")
    stamps = serializers.IntegerField(help_text="Zero or below: stamps that were taken back")
    balance = serializers.IntegerField(allow_null=True)
    tier = TierShape(allow_null=True)
    tier_changed = serializers.BooleanField()
    receipt_text = serializers.CharField(allow_blank=True)


class ReturnLineInput(Input):
    index = IndexField(help_text="The line of the purchase, counted from 0")
    quantity = QuantityField(required=False, default=Decimal(1))


class ReturnInput(Input):
    """Either `total` or `lines`."""

    total = MoneyField(required=False, help_text="What was paid for the goods that come back")
    lines = serializers.ListField(child=ReturnLineInput(), required=False, max_length=500, min_length=1)
    reason = serializers.ChoiceField(choices=ReturnReason.choices, required=False)


class ReturnShape(serializers.Serializer):
    id = serializers.UUIDField(help_text="Of the return")
    purchase = serializers.UUIDField()
    total = MoneyField(help_text="What was paid for the goods that came back")
    points = serializers.IntegerField(help_text="Zero or below: what was taken back")
    balance = serializers.IntegerField(allow_null=True)
    pending = serializers.IntegerField(allow_null=True)
    deficit = serializers.IntegerField(allow_null=True, help_text="Points that the next ones will fill first")
    tier = TierShape(allow_null=True)
    tier_changed = serializers.BooleanField()
    explanation = ExplanationShape(many=True, help_text="Its points add up to `points`")
    receipt_text = serializers.CharField(allow_blank=True)


class AdjustmentInput(Input):
    points = PointsField(
        min_value=-MOST_POINTS, max_value=MOST_POINTS, help_text="Above zero credits, below zero takes; never zero"
    )
    reason = serializers.ChoiceField(choices=Reason.choices)


class AdjustmentShape(serializers.Serializer):
    seq = serializers.IntegerField(help_text="The entry in the customer's ledger")
    points = serializers.IntegerField()
    balance = serializers.IntegerField()
    pending = serializers.IntegerField()


class MergeInput(Input):
    into = IdField(help_text="The customer who remains")


class EarningRuleShape(serializers.Serializer):
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    name = serializers.CharField()
    occasion = serializers.ChoiceField(choices=[occasion.value for occasion in Occasion])
    points = serializers.IntegerField(help_text="Per amount, item or visit, or the bonus; 0 for a multiplier")
    per = MoneyField(allow_null=True, help_text="The amount that points are given for")
    factor = serializers.CharField(allow_null=True, help_text='Of a multiplier, e.g. "2"')
    conditions = serializers.DictField(
        help_text="When the rule holds; what is not stated does not matter. Amounts in minor units, 0 is Monday"
    )
    limits = serializers.DictField(help_text="How many points the rule gives at the most")


class TierTermsShape(TierShape):
    threshold = serializers.IntegerField()
    factor = serializers.CharField(help_text='Multiplies points, e.g. "1.25"')
    discount_percent = serializers.IntegerField()


class StampCardTermsShape(serializers.Serializer):
    card = serializers.CharField(help_text="Its code, the same through all versions")
    name = serializers.CharField()
    needed = serializers.IntegerField()
    reward = serializers.CharField()
    per = serializers.ChoiceField(
        choices=[per.value for per in Per], help_text="Each of the goods brings a stamp, or each visit with one of them"
    )
    goods = serializers.DictField(help_text="Numbers and categories of goods; empty is everything")
    expiry_months = serializers.IntegerField(allow_null=True)
    at_once = serializers.IntegerField(help_text="Most stamps of one booking")


class ProgramShape(serializers.Serializer):
    name = serializers.CharField()
    points_name = serializers.CharField(help_text="For many")
    points_name_one = serializers.CharField(help_text="For one")
    version = serializers.IntegerField()
    currency = serializers.CharField()
    stacking = serializers.ChoiceField(
        choices=[stacking.value for stacking in Stacking], help_text="The best multiplier counts, or all of them"
    )
    excluded = serializers.ListField(child=serializers.CharField(), help_text="Categories that earn nothing")
    earning = EarningRuleShape(many=True)
    tiers = TierTermsShape(many=True)
    stamp_cards = StampCardTermsShape(many=True)


class FieldErrorShape(serializers.Serializer):
    field = serializers.CharField()
    message = serializers.CharField()


class ProblemShape(serializers.Serializer):
    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    errors = FieldErrorShape(many=True, required=False)  # type: ignore[assignment]
