"""What a shop promises (a programme in versions, with tiers and earning rules) and what customers bought under it."""

from typing import ClassVar, Final

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q, Value

from customers.models import Customer, new_public_id
from ledger.models import Account
from programs.qualifying import MOST_GRACE_DAYS, Basis, Window
from programs.rules import ExpiryEnd, Kind, Occasion, Per, Stacking
from team.models import Device, Store
from tenants.models import TenantForeignKey, TenantModel

# What a rule may be stored with: no version states recommendations any more, offers of their own do.
OCCASIONS: Final = ("purchase", "sign_up", "profile", "review", "referral", "birthday", "anniversary")


class Program(TenantModel):
    """A loyalty programme; its rules stand in its versions."""

    name = models.CharField(max_length=80)
    # What the programme page says in the shop's own words.
    description = models.TextField(max_length=400, blank=True, default="", db_default="")
    # The newest version whose beginning has had its effects, and the day up to which windows have moved for everybody.
    begun_number = models.PositiveIntegerField(default=0, db_default=0)
    moved_to = models.DateField(null=True)
    created_at = models.DateTimeField()
    # Since when, or from when, the public may join; until then only the team tries it out.
    opened_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Tier(TenantModel):
    """A tier as customers know it, the same through all versions."""

    program = TenantForeignKey(Program)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=40)
    rank = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "program", "code"], name="tier_code_once"),
            models.UniqueConstraint(fields=["tenant", "program", "rank"], name="tier_rank_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ProgramVersion(TenantModel):
    """The rules from a moment on. Once published it never changes, and every purchase keeps its version."""

    program = TenantForeignKey(Program)
    number = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    # The shop's own word for points, for many and for one; empty is the usual word.
    points_name = models.CharField(max_length=30, blank=True, default="", db_default="")
    points_name_one = models.CharField(max_length=30, blank=True, default="", db_default="")
    # Points are spendable this many days after the purchase, and expire this many months later at the year's end or
    # the month's.
    pending_days = models.PositiveSmallIntegerField(default=0)
    expiry_months = models.PositiveSmallIntegerField(null=True)
    expiry_end = models.CharField(max_length=5, default=ExpiryEnd.YEAR.value, db_default=ExpiryEnd.YEAR.value)
    # What tiers are reached by, in which time, and how they are lost.
    tier_basis = models.CharField(max_length=6, default=Basis.POINTS.value, db_default=Basis.POINTS.value)
    tier_window = models.CharField(max_length=8, default=Window.LIFETIME.value, db_default=Window.LIFETIME.value)
    grace_days = models.PositiveSmallIntegerField(default=0, db_default=0)
    one_step_down = models.BooleanField(default=False, db_default=False)
    stacking = models.CharField(max_length=8, default=Stacking.BEST.value, db_default=Stacking.BEST.value)
    # Categories of goods that earn nothing.
    excluded = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    # What the merchant keeps for the next change and customers never see: own figures, rules that are switched off.
    workings = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "program", "number"], name="program_version_number_once"),
            models.CheckConstraint(
                condition=Q(stacking__in=[stacking.value for stacking in Stacking]),
                name="program_version_stacking_known",
            ),
            models.CheckConstraint(
                condition=Q(tier_basis__in=[basis.value for basis in Basis]), name="program_version_basis_known"
            ),
            models.CheckConstraint(
                condition=Q(tier_window__in=[window.value for window in Window]), name="program_version_window_known"
            ),
            models.CheckConstraint(
                condition=Q(expiry_end__in=[end.value for end in ExpiryEnd]), name="program_version_expiry_end_known"
            ),
            models.CheckConstraint(
                condition=Q(grace_days__lte=MOST_GRACE_DAYS), name="program_version_grace_within_period"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "program", "starts_at"], name="program_version_in_force")]

    def __str__(self) -> str:
        return f"version {self.number}"


class ProgramDraft(TenantModel):
    """A change of the programme that is being prepared: `programs.publishing.Draft` as JSON, one for each programme."""

    program = TenantForeignKey(Program)
    # The newest version when it was begun.
    base = models.PositiveIntegerField()
    # The trade whose template it began with; empty where it began with the programme as it was.
    template = models.CharField(max_length=10, blank=True)
    document = models.JSONField()
    saved_at = models.DateTimeField()
    actor = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "program"], name="program_draft_once"),
        ]

    def __str__(self) -> str:
        return f"draft on version {self.base}"


class TierTerms(TenantModel):
    """What a version says about a tier: from how much of what it counts, what it multiplies, what discount it gives."""

    version = TenantForeignKey(ProgramVersion)
    tier = TenantForeignKey(Tier)
    threshold = models.BigIntegerField()
    factor_percent = models.PositiveSmallIntegerField(default=100)
    discount_percent = models.PositiveSmallIntegerField(default=0)
    # What else holders get, in the shop's own words, such as personal advice.
    benefits = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "version", "tier"], name="tier_terms_once"),
            models.CheckConstraint(condition=Q(threshold__gte=0), name="tier_threshold_not_negative"),
            models.CheckConstraint(condition=Q(factor_percent__gte=1), name="tier_factor_positive"),
            models.CheckConstraint(condition=Q(discount_percent__lte=100), name="tier_discount_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.tier} from {self.threshold}"


class EarningRule(TenantModel):
    """One way to earn points in one version, as `programs.rules.Rule` describes it."""

    version = TenantForeignKey(ProgramVersion)
    # The same through all versions, so that what it has given is remembered.
    code = models.CharField(max_length=40, default="amount", db_default="amount")
    kind = models.CharField(max_length=20)
    occasion = models.CharField(max_length=12, default=Occasion.PURCHASE.value, db_default=Occasion.PURCHASE.value)
    name = models.CharField(max_length=60, blank=True, default="", db_default="")
    points = models.PositiveIntegerField(default=0)
    per_minor = models.PositiveIntegerField(default=100)
    factor_percent = models.PositiveSmallIntegerField(default=100, db_default=100)
    conditions = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    limits = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))

    class Meta:
        constraints: ClassVar = [
            # With a condition it is an index, which can be built while the tills go on.
            models.UniqueConstraint(
                fields=["tenant", "version", "code"], name="earning_rule_code_once", condition=~Q(code="")
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in Kind]), name="earning_rule_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(occasion=Occasion.PURCHASE.value) | Q(occasion__in=list(OCCASIONS), kind=Kind.BONUS.value),
                name="earning_rule_occasion_gives_bonus",
            ),
            models.CheckConstraint(condition=Q(per_minor__gte=1), name="earning_rule_per_something"),
            models.CheckConstraint(condition=Q(factor_percent__gte=1), name="earning_rule_factor_positive"),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "version"], name="earning_rule_by_version")]

    def __str__(self) -> str:
        return self.name or self.code


class StampCard(TenantModel):
    """A stamp card of one version, as `programs.rules.StampCard` describes it."""

    version = TenantForeignKey(ProgramVersion)
    # The same through all versions, so that what was collected stays.
    code = models.CharField(max_length=13)
    name = models.CharField(max_length=40)
    goods = models.JSONField(default=dict)
    per = models.CharField(max_length=5, choices=[(per.value, per.value) for per in Per])
    needed = models.PositiveSmallIntegerField()
    reward = models.CharField(max_length=60)
    expiry_months = models.PositiveSmallIntegerField(null=True)
    at_once = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "version", "code"], name="stamp_card_code_once"),
            models.CheckConstraint(condition=Q(per__in=[per.value for per in Per]), name="stamp_card_per_known"),
            models.CheckConstraint(condition=Q(needed__gte=2, needed__lte=50), name="stamp_card_needs_some"),
            models.CheckConstraint(condition=Q(at_once__gte=1, at_once__lte=50), name="stamp_card_gives_some"),
            models.CheckConstraint(
                condition=Q(expiry_months=None) | Q(expiry_months__gte=1), name="stamp_card_lasts_a_while"
            ),
            models.CheckConstraint(condition=~Q(code="") & ~Q(name="") & ~Q(reward=""), name="stamp_card_has_words"),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "code", "version"], name="stamp_card_by_code")]

    def __str__(self) -> str:
        return self.name


class RuleUse(TenantModel):
    """What a limited rule has given: to an account in a period (a day, a month, ever), or to everybody (no account)."""

    code = models.CharField(max_length=40)
    account = TenantForeignKey(Account, null=True)
    # 2026-11-26, 2026-11, or empty for ever.
    period = models.CharField(max_length=24, blank=True)
    points = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "code", "account", "period"], name="rule_use_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(points__gte=0), name="rule_use_not_negative"),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "account"], name="rule_use_by_account")]

    def __str__(self) -> str:
        return f"{self.points} by {self.code}"


class Purchase(TenantModel):
    """What was bought, when and where. `total` is what was paid after discounts, in minor units."""

    public_id = models.UUIDField(default=new_public_id, editable=False)
    customer = TenantForeignKey(Customer, null=True)
    store = TenantForeignKey(Store, null=True)
    device = TenantForeignKey(Device, null=True)
    program_version = TenantForeignKey(ProgramVersion)
    total = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    points = models.BigIntegerField(default=0)
    receipt_number = models.CharField(max_length=60, null=True)  # noqa: DJ001 - NULL keeps it unique
    purchased_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    # How much of it has been given back so far, what that took off the points, and when it was the last time.
    returned_total = models.BigIntegerField(default=0, db_default=0)
    returned_points = models.BigIntegerField(default=0, db_default=0)
    returned_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=40)
    # Which row of which log it was read from, and by which import; NULL for purchases recorded one by one.
    import_key = models.BinaryField(max_length=16, null=True)
    import_id = models.BigIntegerField(null=True)
    # What the engine looked at beside amount and lines, so that a return is valued as the purchase was.
    facts = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="purchase_public_id_once"),
            models.UniqueConstraint(
                fields=["tenant", "store", "receipt_number"],
                name="purchase_receipt_once_standing",
                condition=Q(receipt_number__isnull=False, voided_at__isnull=True),
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["tenant", "import_key"], name="purchase_imported_once", condition=Q(import_key__isnull=False)
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="purchase_total_not_negative"),
            models.CheckConstraint(condition=Q(points__gte=0), name="purchase_points_not_negative"),
            models.CheckConstraint(
                condition=Q(returned_total__gte=0, returned_total__lte=F("total")),
                name="purchase_returned_within_total",
            ),
            models.CheckConstraint(
                condition=Q(returned_points__gte=0, returned_points__lte=F("points")),
                name="purchase_returned_within_points",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "customer", "purchased_at"], name="purchase_by_customer", include=["total"]),
            models.Index(
                fields=["tenant", "device", "recorded_at"],
                name="purchase_by_device",
                condition=Q(device__isnull=False),
            ),
            models.Index(
                fields=["tenant", "import_id", "customer"],
                name="purchase_by_import",
                condition=Q(import_id__isnull=False),
            ),
            # What leaves a window on a day; purchases come in nearly in this order, so that it costs hardly anything.
            BrinIndex(fields=["tenant", "purchased_at"], name="purchase_by_day", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"purchase {self.pk}"

    @property
    def total_left(self) -> int:
        """What was paid for what has not come back."""
        return self.total - self.returned_total

    @property
    def visits_left(self) -> int:
        """What came back as a whole is no visit any more."""
        return 0 if self.is_returned else 1

    @property
    def points_left(self) -> int:
        """What it still stands for."""
        return self.points - self.returned_points

    @property
    def is_returned(self) -> bool:
        """All of it: nothing is left to give back."""
        return self.returned_total == self.total > 0


class PurchaseLine(TenantModel):
    """One line of a receipt."""

    purchase = TenantForeignKey(Purchase)
    index = models.PositiveIntegerField()
    sku = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=120, blank=True)
    category = models.CharField(max_length=60, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    total = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "purchase", "index"], name="purchase_line_once"),
        ]

    def __str__(self) -> str:
        return f"line {self.index} of purchase {self.purchase_id}"


class PurchaseReturn(TenantModel):
    """Goods of a purchase that came back: by lines and quantities, or by an amount alone. Never changed.

    `total` is what was paid for them, `points` what they took off the points that the purchase stands for.
    """

    public_id = models.UUIDField(default=new_public_id, editable=False)
    purchase = TenantForeignKey(Purchase)
    total = models.BigIntegerField()
    # [{"index": 0, "quantity": "1.000"}]
    lines = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    points = models.BigIntegerField(default=0)
    returned_at = models.DateTimeField()
    actor = models.CharField(max_length=40)
    device = TenantForeignKey(Device, null=True)
    store = TenantForeignKey(Store, null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="purchase_return_public_id_once"),
            models.CheckConstraint(
                condition=Q(total__gt=0) | (Q(total=0) & ~Q(lines=[])), name="purchase_return_of_something"
            ),
            models.CheckConstraint(condition=Q(points__gte=0), name="purchase_return_points_not_negative"),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "purchase"], name="purchase_return_by_purchase")]

    def __str__(self) -> str:
        return f"return {self.pk} of purchase {self.purchase_id}"


class Product(TenantModel):
    """What a shop sells, under the number that its tills use; earning rules may name it."""

    sku = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    category = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    import_id = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "sku"], name="product_sku_once"),
            models.CheckConstraint(condition=~Q(sku="") & ~Q(name=""), name="product_has_sku_and_name"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "import_id"], name="product_by_import", condition=Q(import_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name
