"""The people a shop knows: who they are, how they are reached, what they carry to be recognised."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from tenants.models import TenantForeignKey, TenantModel


def new_public_id() -> uuid.UUID:
    """Time-ordered, so that its index grows at one end."""
    return uuid7()


class Customer(TenantModel):
    """A customer of one shop. Everything personal stands here and in tables that point here, never in the ledger."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        BLOCKED = "blocked"
        ERASED = "erased"

    public_id = models.UUIDField(default=new_public_id, editable=False)
    number = models.CharField(max_length=9)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    name = models.CharField(max_length=120, blank=True)
    # Folded for search: row-level security keeps LIKE and lower() from using an index, plain prefixes are fine.
    name_key = models.CharField(max_length=240, blank=True, db_collation="C")
    surname_key = models.CharField(max_length=240, blank=True, db_collation="C")
    email = models.CharField(max_length=254, blank=True, db_collation="C")
    phone = models.CharField(max_length=16, blank=True)
    birth_month = models.PositiveSmallIntegerField(null=True)
    birth_day = models.PositiveSmallIntegerField(null=True)
    language = models.CharField(max_length=2, blank=True)
    external_id = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=20)
    enrolled_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="customer_public_id_once"),
            models.UniqueConstraint(fields=["tenant", "number"], name="customer_number_once"),
            models.UniqueConstraint(fields=["tenant", "email"], name="customer_email_once", condition=~Q(email="")),
            models.UniqueConstraint(fields=["tenant", "phone"], name="customer_phone_once", condition=~Q(phone="")),
            models.UniqueConstraint(
                fields=["tenant", "external_id"], name="customer_external_id_once", condition=~Q(external_id="")
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "blocked", "erased"]), name="customer_status_known"
            ),
            models.CheckConstraint(
                condition=Q(birth_month=None, birth_day=None)
                | Q(
                    birth_month__isnull=False,
                    birth_month__range=(1, 12),
                    birth_day__isnull=False,
                    birth_day__range=(1, 31),
                ),
                name="customer_birthday_is_month_and_day",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "name_key"], name="customer_by_name", condition=~Q(name_key="")),
            models.Index(fields=["tenant", "surname_key"], name="customer_by_surname", condition=~Q(surname_key="")),
        ]

    def __str__(self) -> str:
        return f"customer {self.number}"

    @property
    def first_name(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def masked_name(self) -> str:
        """What staff see: first name and initial."""
        first, _, rest = self.name.partition(" ")
        surname = rest.rpartition(" ")[2]
        return f"{first} {surname[0]}." if surname else first

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def email_masked(self) -> str:
        local, at, host = self.email.partition("@")
        return f"{local[0]}•••@{host}" if at and local else ""

    @property
    def birthday(self) -> str:
        """`MM-DD`, or empty."""
        return f"{self.birth_month:02d}-{self.birth_day:02d}" if self.birth_month and self.birth_day else ""


class Card(TenantModel):
    """What a customer shows to be recognised; it earns, it does not spend."""

    customer = TenantForeignKey(Customer)
    token = models.CharField(max_length=12)
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "token"], name="card_token_once")]
        indexes: ClassVar = [models.Index(fields=["tenant", "customer"], name="card_by_customer")]

    def __str__(self) -> str:
        return f"card {self.pk}"

    @property
    def text(self) -> str:
        """As printed: `7F2K-9QXD-4TBM`."""
        return "-".join(self.token[start : start + 4] for start in range(0, len(self.token), 4))


class Consent(TenantModel):
    """Permission to send advertising on one channel. Asked for is not given: the customer confirms on the own phone."""

    class Channel(models.TextChoices):
        EMAIL = "email"
        SMS = "sms"
        POST = "post"

    customer = TenantForeignKey(Customer)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    requested_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "customer", "channel"], name="consent_once_per_channel"),
            models.CheckConstraint(condition=Q(channel__in=["email", "sms", "post"]), name="consent_channel_known"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} consent of customer {self.customer_id}"
