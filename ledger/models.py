"""The points ledger: an account carries the running state and is the lock, entries never change, lots expire."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from customers.models import Customer
from team.models import Device, Store
from tenants.models import TenantForeignKey, TenantModel

# The unit of an account; every stamp card has another.
POINTS = "points"


class Account(TenantModel):
    """A customer's points in one programme. No column that changes with every award may be indexed (HOT updates)."""

    customer = TenantForeignKey(Customer)
    # Bare ids of higher apps, whose migrations add the keys.
    program_id = models.BigIntegerField()
    tier_id = models.BigIntegerField(null=True)
    unit = models.CharField(max_length=20, default=POINTS)
    # Spendable now; below zero only as a deficit from points taken back after they were spent.
    balance = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(default=0)
    last_seq = models.BigIntegerField(default=0)
    lifetime_earned = models.BigIntegerField(default=0)
    lifetime_spend = models.BigIntegerField(default=0, db_default=0)
    lifetime_visits = models.BigIntegerField(default=0, db_default=0)
    qualifying_points = models.BigIntegerField(default=0)
    qualifying_spend = models.BigIntegerField(default=0)
    qualifying_visits = models.BigIntegerField(default=0)
    # In which window these three count, and from which moment on; a lifetime has none. What they say about the tier is
    # for programmes to know, which call tiers by their ranks here.
    qualifying_window = models.CharField(max_length=8, default="lifetime", db_default="lifetime")
    qualifying_since = models.DateTimeField(null=True)
    # The tier at the start of a period, one that is kept though it is no longer reached, and one given by hand.
    start_rank = models.PositiveSmallIntegerField(null=True)
    kept_rank = models.PositiveSmallIntegerField(null=True)
    kept_until = models.DateTimeField(null=True)
    given_rank = models.PositiveSmallIntegerField(null=True)
    given_until = models.DateTimeField(null=True)
    # No lot becomes available or expires before this moment (it may be early, never late); NULL where none will.
    next_due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    # Nothing is credited or redeemed here any more: its customer was erased, or joined with another one.
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "customer", "program_id", "unit"], name="account_once"),
            models.CheckConstraint(condition=Q(pending__gte=0, last_seq__gte=0), name="account_counts_not_negative"),
            models.CheckConstraint(
                condition=Q(qualifying_window="lifetime", qualifying_since=None)
                | ~Q(qualifying_window="lifetime") & Q(qualifying_since__isnull=False),
                name="account_window_has_a_beginning",
            ),
            models.CheckConstraint(
                condition=Q(kept_rank=None, kept_until=None) | Q(kept_rank__isnull=False, kept_until__isnull=False),
                name="account_kept_tier_ends",
            ),
            models.CheckConstraint(
                condition=Q(given_rank=None, given_until=None) | Q(given_rank__isnull=False, given_until__isnull=False),
                name="account_given_tier_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"account {self.pk}"


class Entry(TenantModel):
    """One movement of points. The application may insert and read entries, nothing else."""

    class Kind(models.TextChoices):
        EARN = "earn"
        REDEEM = "redeem"
        RETURN = "return"
        VOID = "void"
        EXPIRE = "expire"
        ADJUST = "adjust"
        TRANSFER = "transfer"
        OPENING = "opening"

    pk = models.CompositePrimaryKey("tenant_id", "account_id", "seq")
    account = TenantForeignKey(Account)
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    points = models.BigIntegerField()
    # Running sum of all entries: balance and pending together.
    balance_after = models.BigIntegerField()
    purchase_id = models.BigIntegerField(null=True)
    redemption_id = models.BigIntegerField(null=True)
    reverses = models.BigIntegerField(null=True)
    program_version_id = models.BigIntegerField(null=True)
    explanation = models.JSONField(default=list)
    actor = models.CharField(max_length=40)
    device = TenantForeignKey(Device, null=True)
    store = TenantForeignKey(Store, null=True)
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(points=0), name="entry_moves_points"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="entry_seq_from_one"),
            models.CheckConstraint(
                condition=Q(kind__in=["return", "void", "adjust", "transfer"])
                | Q(kind__in=["earn", "opening"], points__gt=0)
                | Q(kind__in=["redeem", "expire"], points__lt=0),
                name="entry_kind_and_sign",
            ),
            models.UniqueConstraint(
                fields=["tenant", "purchase_id", "account"], name="entry_purchase_earns_once", condition=Q(kind="earn")
            ),
        ]
        indexes: ClassVar = [
            # What has been taken back of a purchase, on whichever account its points lie by now.
            models.Index(
                fields=["tenant", "purchase_id"],
                name="entry_reversals_of_purchase",
                condition=Q(kind__in=["return", "void"], purchase_id__isnull=False),
            ),
            # Whether a redemption has been cancelled, on whichever account its points lie by now.
            models.Index(
                fields=["tenant", "redemption_id"],
                name="entry_void_of_redemption",
                condition=Q(kind="void", redemption_id__isnull=False),
            ),
            # What tills book without a purchase: stamps and what full cards bring.
            models.Index(
                fields=["tenant", "created_at"],
                name="entry_at_till",
                condition=Q(device__isnull=False, purchase_id__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.points:+d}"


class Lot(TenantModel):
    """Points of one entry that become available and expire together."""

    account = TenantForeignKey(Account)
    entry_seq = models.BigIntegerField()
    # The entry that earned the points, where a merge has brought them here from another account.
    origin_account_id = models.BigIntegerField(null=True)
    origin_seq = models.BigIntegerField(null=True)
    points = models.BigIntegerField()
    remaining = models.BigIntegerField()
    is_pending = models.BooleanField(default=False)
    available_at = models.DateTimeField()
    # The first moment at which the points are gone; NULL where they stay.
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(points__gt=0), name="lot_holds_points"),
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("points")), name="lot_remaining_within"
            ),
            models.CheckConstraint(
                condition=Q(origin_account_id=None, origin_seq=None)
                | Q(origin_account_id__isnull=False, origin_seq__isnull=False),
                name="lot_origin_is_an_entry",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "account", "entry_seq"], name="lot_by_entry"),
            models.Index(
                fields=["tenant", "origin_account_id", "origin_seq"],
                name="lot_by_origin",
                condition=Q(origin_account_id__isnull=False),
            ),
            models.Index(
                fields=["tenant", "available_at"], name="lot_pending", condition=Q(is_pending=True, remaining__gt=0)
            ),
            models.Index(
                fields=["tenant", "expires_at"],
                name="lot_expiring",
                condition=Q(remaining__gt=0, expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"lot {self.pk}: {self.remaining} of {self.points}"


class LotUse(TenantModel):
    """How much an entry took from a lot, so that a cancellation can give it back exactly; below zero where it did.

    A lot that fills a deficit does so in the name of its own entry.
    """

    pk = models.CompositePrimaryKey("tenant_id", "account_id", "entry_seq", "lot_id")
    account = TenantForeignKey(Account)
    entry_seq = models.BigIntegerField()
    lot = TenantForeignKey(Lot)
    points = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(points=0), name="lot_use_moves_points")]

    def __str__(self) -> str:
        return f"{self.points} from lot {self.lot_id}"


class ExpiryReminder(TenantModel):
    """That somebody has been reminded of points which expire after a day, from a distance of some days."""

    pk = models.CompositePrimaryKey("tenant_id", "account_id", "last_day", "days_ahead")
    account = TenantForeignKey(Account)
    last_day = models.DateField()
    days_ahead = models.PositiveSmallIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant", "last_day"], name="expiry_reminder_by_day")]

    def __str__(self) -> str:
        return f"reminder of {self.last_day}"


class PointValue(TenantModel):
    """What the merchant says a hundred points are worth, in minor units. A later word never changes an earlier one."""

    per_hundred = models.BigIntegerField()
    stated_at = models.DateTimeField()
    stated_by = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(per_hundred__gt=0), name="point_value_is_positive")]
        indexes: ClassVar = [models.Index(fields=["tenant", "stated_at"], name="point_value_by_time")]

    def __str__(self) -> str:
        return f"{self.per_hundred} for a hundred"


class AdjustmentLimit(TenantModel):
    """Above how many points an adjustment needs a second person; the latest word counts, NULL is no limit."""

    points = models.BigIntegerField(null=True)
    stated_at = models.DateTimeField()
    stated_by = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(points__gt=0), name="adjustment_limit_is_positive")]

    def __str__(self) -> str:
        return f"limit of {self.points}"


class HeldAdjustment(TenantModel):
    """An adjustment above the limit that waits for somebody else; it never ends by itself."""

    class State(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"
        REFUSED = "refused"
        LAPSED = "lapsed"

    customer = TenantForeignKey(Customer)
    points = models.BigIntegerField()
    reason = models.CharField(max_length=20)
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(points=0), name="held_adjustment_moves_points"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None)
                | Q(state__in=["approved", "refused", "lapsed"], decided_at__isnull=False),
                name="held_adjustment_is_decided_or_waits",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(decided_by=F("asked_by")), name="held_adjustment_by_two_people"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "asked_at"], name="held_adjustment_waiting", condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return f"{self.points:+d}, {self.state}"


class IdempotencyKey(TenantModel):
    """The stored answer to a request that moves points; written in the transaction of its entry."""

    pk = models.CompositePrimaryKey("tenant_id", "key")
    key = models.CharField(max_length=200, db_collation="C")
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    # As text, because a replay repeats the answer to the letter.
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant", "created_at"], name="idempotency_key_by_age")]

    def __str__(self) -> str:
        return f"idempotency key of {self.created_at}"
