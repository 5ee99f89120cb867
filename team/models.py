"""The merchant's side: stores, who works there, and the devices and keys that act for the shop."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from tenants.models import TenantForeignKey, TenantModel


class Store(TenantModel):
    """A place where customers buy."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    # A closed store keeps its history and takes no more devices.
    closed_at = models.DateTimeField(null=True)
    # [[weekday, from, until], …] as `team.hours` reads them; empty where nobody has said.
    opening_hours = models.JSONField(default=list, db_default=Value([], models.JSONField()))

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "code"], name="store_code_once")]

    def __str__(self) -> str:
        return self.name


class Membership(TenantModel):
    """A user's role in one shop, and the PIN with which they sign on at a till."""

    READABLE_BY_OWN_USER = True

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        MANAGER = "manager", _("Manager")
        ANALYST = "analyst", _("Analyst")
        STAFF = "staff", _("Staff")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=8, choices=Role.choices)
    name = models.CharField(max_length=80)
    pin = models.CharField(max_length=160, blank=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "user"], name="membership_once"),
            models.CheckConstraint(
                condition=Q(role__in=["owner", "manager", "analyst", "staff"]), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"


class MemberStore(TenantModel):
    """A store to which a member is limited at the till; without any, a member may sign on everywhere."""

    member = TenantForeignKey(Membership)
    store = TenantForeignKey(Store)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "member", "store"], name="member_store_once")
        ]

    def __str__(self) -> str:
        return f"member {self.member_id} at store {self.store_id}"


class Invitation(TenantModel):
    """An e-mail address that may join the team in a role. Its link is signed and needs no secret here."""

    email = models.CharField(max_length=254)
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=8, choices=Membership.Role.choices)
    invited_by = models.CharField(max_length=40)
    # Sent again, the link of the mail before no longer counts.
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "email"],
                name="invitation_open_once",
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(role__in=["owner", "manager", "analyst", "staff"]), name="invitation_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class Device(TenantModel):
    """A till, tablet or phone that belongs to one store; bound once with a code, known afterwards by its token."""

    store = TenantForeignKey(Store)
    name = models.CharField(max_length=80)
    code_hash = models.CharField(max_length=64, blank=True)
    code_expires_at = models.DateTimeField(null=True)
    token_hash = models.CharField(max_length=64, blank=True)
    bound_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "token_hash"], name="device_token_once", condition=~Q(token_hash="")
            ),
            models.UniqueConstraint(
                fields=["tenant", "code_hash"], name="device_code_once", condition=~Q(code_hash="")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApiKey(TenantModel):
    """A machine's access to the API. Only a hash of the secret is kept."""

    class Scope(models.TextChoices):
        READ = "read", _("Read customers, balances, the programme and figures")
        WRITE = "write", _("Record purchases, enrol and change customers")
        REDEEM = "redeem", _("Redeem rewards")

    key_id = models.CharField(max_length=16)
    secret_hash = models.CharField(max_length=64)
    name = models.CharField(max_length=80)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices))
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "key_id"], name="api_key_id_once"),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=["read", "write", "redeem"]), name="api_key_scopes_known"
            ),
        ]

    def __str__(self) -> str:
        return f"key {self.key_id}"


class Logo(TenantModel):
    """The shop's picture, decoded and written anew as PNG: no metadata, nothing but pixels."""

    # The first letters of the picture's SHA-256: its file name.
    hash = models.CharField(max_length=16)
    small = models.BinaryField()
    large = models.BinaryField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant"], name="logo_once")]

    def __str__(self) -> str:
        return f"logo {self.hash}"
