"""What a shop promises: a programme in versions, with tiers, earning rules and stamp cards."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import Q, Value

from ledger.models import Account
from programs.qualifying import MOST_GRACE_DAYS, Basis, Window
from programs.rules import ExpiryEnd, Kind, Occasion, Per, Stacking
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
