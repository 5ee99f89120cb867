"""What points bring: rewards as a merchant offers them, and the vouchers that customers hold for them."""

from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, new_public_id
from ledger.models import Account
from programs.models import Tier
from team.models import Device, Store
from tenants.models import TenantForeignKey, TenantModel
from tenants.scope import current_tenant


class RewardPhoto(TenantModel):
    """A picture of a reward, decoded and written anew: no metadata, nothing but pixels."""

    # The first letters of the picture's SHA-256: its file name.
    hash = models.CharField(max_length=16)
    small = models.BinaryField()
    large = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "hash"], name="reward_photo_once")]

    def __str__(self) -> str:
        return f"photo {self.hash}"


class Reward(TenantModel):
    """Something a customer may get. A draft until it is published; once ended, nobody gets it any more."""

    class Kind(models.TextChoices):
        AMOUNT = "amount", _("Discount in money")
        PERCENT = "percent", _("Discount in percent")
        PRODUCT = "product", _("Free product")
        GIFT = "gift", _("Gift")
        SHIPPING = "shipping", _("Free shipping")
        EVENT = "event", _("Event with a date")

    class Way(models.TextChoices):
        """Who brings it about."""

        CHOICE = "choice", _("Customers choose it")
        STAFF = "staff", _("The team gives it as a surprise")
        BIRTHDAY = "birthday", _("Comes by itself on the birthday")
        ANNIVERSARY = "anniversary", _("Comes by itself on the day of joining")

    public_id = models.UUIDField(default=new_public_id, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    way = models.CharField(max_length=11, choices=Way.choices, default=Way.CHOICE)
    name = models.CharField(max_length=60)
    description = models.CharField(max_length=200, blank=True)
    icon = models.CharField(max_length=20, default="gift")
    photo = TenantForeignKey(RewardPhoto, null=True)
    position = models.PositiveIntegerField(default=0)
    # The price. Where the customer chooses how many points to spend, `points` of them are worth `value`, and no more
    # than `most_points` are taken at once.
    points = models.BigIntegerField(default=0)
    chooses_points = models.BooleanField(default=False)
    most_points = models.BigIntegerField(null=True)
    # Minor units: the discount, or what the goods cost elsewhere in the shop; NULL where nobody has said.
    value = models.BigIntegerField(null=True)
    percent = models.PositiveSmallIntegerField(null=True)
    # What it costs the merchant, in minor units.
    cost = models.BigIntegerField(null=True)
    # From which tier on it is for; and from which tier on so many days earlier than for the others.
    tier = TenantForeignKey(Tier, null=True)
    early_tier = TenantForeignKey(Tier, null=True)
    early_days = models.PositiveSmallIntegerField(default=0)
    # How many days before its beginning it is shown with a countdown.
    teaser_days = models.PositiveSmallIntegerField(default=0)
    # `programs.rules.Conditions`: days, weekdays, hours and stores.
    conditions = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    # In minor units: what has to be bought with it.
    min_total = models.BigIntegerField(default=0)
    per_customer = models.PositiveIntegerField(null=True)
    per_customer_day = models.PositiveIntegerField(null=True)
    per_day = models.PositiveIntegerField(null=True)
    # How many are left; of an event, places.
    stock = models.PositiveIntegerField(null=True)
    # Until the end of the day this many days later a voucher can be used; that of an event until it ends.
    valid_days = models.PositiveSmallIntegerField(default=14)
    event_at = models.DateTimeField(null=True)
    event_ends_at = models.DateTimeField(null=True)
    event_place = models.CharField(max_length=120, blank=True)
    # Shown to customers; the till offers it anyway.
    is_listed = models.BooleanField(default=True)
    published_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    actor = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="reward_public_id_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["amount", "percent", "product", "gift", "shipping", "event"]),
                name="reward_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(way="choice")
                | Q(way__in=["staff", "birthday", "anniversary"], points=0, chooses_points=False),
                name="reward_that_is_given_costs_nothing",
            ),
            models.CheckConstraint(condition=Q(points__gte=0), name="reward_price_not_negative"),
            models.CheckConstraint(
                condition=Q(chooses_points=False) | Q(kind="amount", points__gt=0), name="reward_choice_of_amount"
            ),
            models.CheckConstraint(
                condition=Q(most_points=None) | Q(chooses_points=True, most_points__gt=0), name="reward_most_points"
            ),
            models.CheckConstraint(condition=~Q(kind="amount") | Q(value__gt=0), name="reward_amount_has_value"),
            models.CheckConstraint(condition=Q(value=None) | Q(value__gte=0), name="reward_value_not_negative"),
            models.CheckConstraint(condition=Q(cost=None) | Q(cost__gte=0), name="reward_cost_not_negative"),
            models.CheckConstraint(
                condition=Q(kind="percent", percent__gte=1, percent__lte=100) | (~Q(kind="percent") & Q(percent=None)),
                name="reward_percent_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(kind="event", event_at__isnull=False, event_ends_at__gt=F("event_at"))
                | (~Q(kind="event") & Q(event_at=None, event_ends_at=None)),
                name="reward_event_has_a_time",
            ),
            models.CheckConstraint(condition=Q(min_total__gte=0), name="reward_min_total_not_negative"),
            models.CheckConstraint(condition=Q(valid_days__gte=1), name="reward_voucher_lasts_a_day"),
            models.CheckConstraint(condition=~Q(name=""), name="reward_has_a_name"),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "position"], name="reward_in_order")]

    def __str__(self) -> str:
        return self.name


class Redemption(TenantModel):
    """A reward that a customer has taken: a voucher, issued and then used, cancelled or expired, each once."""

    class State(models.TextChoices):
        ISSUED = "issued", _("open")
        USED = "used", _("redeemed")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("expired")

    class Presence(models.TextChoices):
        """What has shown that the customer wants it."""

        PORTAL = "portal", _("in the portal")
        CODE = "code", _("code on the phone")
        CARD = "card", _("printed card")
        KEY = "key", _("web shop or till system")
        GIVEN = "given", _("given by the shop")

    public_id = models.UUIDField(default=new_public_id, editable=False)
    reward = TenantForeignKey(Reward)
    customer = TenantForeignKey(Customer)
    # Of the code, which is derived from the key of the installation and the id.
    code_hash = models.CharField(max_length=64)
    # What the cashier writes on the receipt; no secret.
    reference = models.CharField(max_length=4)
    state = models.CharField(max_length=9, choices=State.choices, default=State.ISSUED)
    presence = models.CharField(max_length=6, choices=Presence.choices)
    # Why it came by itself, such as birthday:2026; empty where somebody chose it.
    occasion = models.CharField(max_length=20, blank=True)
    # What it has cost in points, and where the ledger says so; nothing of what follows changes with the reward.
    points = models.BigIntegerField()
    account = TenantForeignKey(Account)
    entry_seq = models.BigIntegerField(null=True)
    value = models.BigIntegerField(null=True)
    percent = models.PositiveSmallIntegerField(null=True)
    cost = models.BigIntegerField(null=True)
    issued_at = models.DateTimeField()
    # The first moment at which it cannot be used any more.
    expires_at = models.DateTimeField()
    issued_by = models.CharField(max_length=40)
    used_at = models.DateTimeField(null=True)
    used_by = models.CharField(max_length=40, blank=True)
    # Where it was used.
    store = TenantForeignKey(Store, null=True)
    device = TenantForeignKey(Device, null=True)
    # When it was cancelled, or its points came back because it expired.
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="redemption_public_id_once"),
            models.UniqueConstraint(fields=["tenant", "code_hash"], name="redemption_code_once"),
            models.UniqueConstraint(
                fields=["tenant", "reward", "customer", "occasion"],
                name="redemption_for_an_occasion_once",
                condition=~Q(occasion=""),
            ),
            models.CheckConstraint(
                condition=Q(state="issued", used_at=None, closed_at=None)
                | Q(state="used", used_at__isnull=False, closed_at=None)
                | Q(state="cancelled", closed_at__isnull=False)
                | Q(state="expired", used_at=None, closed_at__isnull=False),
                name="redemption_state_and_times",
            ),
            models.CheckConstraint(
                condition=Q(points=0, entry_seq=None) | Q(points__gt=0, entry_seq__isnull=False),
                name="redemption_points_are_booked",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "customer", "issued_at"], name="redemption_by_customer"),
            models.Index(fields=["tenant", "reward", "issued_at"], name="redemption_by_reward"),
            models.Index(fields=["tenant", "expires_at"], name="redemption_open", condition=Q(state="issued")),
            models.Index(fields=["tenant", "used_at"], name="redemption_used", condition=Q(used_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.state} voucher {self.reference}"

    @property
    def last_day(self) -> date:
        """On which it can still be used."""
        return (self.expires_at.astimezone(current_tenant().zone) - timedelta(microseconds=1)).date()


class ShownCode(TenantModel):
    """A code on a customer's phone that has been shown to a till: it proves nothing a second time."""

    pk = models.CompositePrimaryKey("tenant_id", "customer_id", "step")
    customer = TenantForeignKey(Customer)
    # Which span of 30 seconds it belongs to.
    step = models.BigIntegerField()
    seen_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant", "seen_at"], name="shown_code_by_age")]

    def __str__(self) -> str:
        return f"code of step {self.step}"


class CardLimit(TenantModel):
    """Up to which value a printed card redeems with a PIN; the latest word counts, zero is never."""

    value = models.BigIntegerField()
    stated_at = models.DateTimeField()
    stated_by = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(value__gte=0), name="card_limit_not_negative")]

    def __str__(self) -> str:
        return f"limit of {self.value}"
