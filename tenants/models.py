"""Who rents the product (Tenant) and who works with it (User): the only tables that no tenant owns."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tenants.database import CurrentTenant

# A closed shop can be read for this long: customers see their points, the owner takes the data along.
READABLE_FOR = timedelta(days=365)
PRODUCT_COLOR = "#0f6b5a"
# Switzerland and Liechtenstein write ss for ß: catalogues of their own, derived from the German ones.
WITHOUT_ESZETT = frozenset({"CH", "LI"})
SPELT_WITHOUT = {"de": "de-ch", "de-informal": "de-ch-informal"}
SLUG_PATTERN = r"^[a-z][a-z0-9-]{1,30}[a-z0-9]$"


class Tenant(models.Model):
    """A merchant with its own customers, programme and host name."""

    class Address(models.TextChoices):
        DU = "du"
        SIE = "sie"

    class Trade(models.TextChoices):
        """What a shop starts with (points per euro, thresholds, du or Sie) and how it calls its customers."""

        CAFE = "cafe", _("Café or restaurant")
        SALON = "salon", _("Salon or studio")
        RETAIL = "retail", _("Shop")
        ONLINE = "online", _("Online shop")

    slug = models.CharField(max_length=32, unique=True, validators=[RegexValidator(SLUG_PATTERN)])
    name = models.CharField(max_length=120)
    domain = models.CharField(max_length=253, unique=True, null=True, blank=True)
    # Since when the domain is known to lead here; until then nobody is sent there.
    domain_live_at = models.DateTimeField(null=True)
    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2, default="DE")
    time_zone = models.CharField(max_length=64, default="Europe/Berlin")
    language = models.CharField(max_length=2, default="de")
    address = models.CharField(max_length=3, choices=Address.choices, default=Address.DU)
    trade = models.CharField(max_length=8, choices=Trade.choices, default=Trade.RETAIL)
    # The palette is solved from this one colour, the logo lies in a table of the tenant's own.
    brand_color = models.CharField(max_length=7, default=PRODUCT_COLOR)
    logo_hash = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(slug__regex=SLUG_PATTERN), name="tenant_slug_is_a_host_label"),
            models.CheckConstraint(condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="tenant_currency_is_iso"),
            models.CheckConstraint(condition=models.Q(address__in=["du", "sie"]), name="tenant_address_is_known"),
            models.CheckConstraint(
                condition=models.Q(trade__in=["cafe", "salon", "retail", "online"]), name="tenant_trade_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(brand_color__regex=r"^#[0-9a-f]{6}$"), name="tenant_brand_color_is_hex"
            ),
            models.CheckConstraint(
                condition=models.Q(domain_live_at=None) | models.Q(domain__isnull=False),
                name="tenant_live_domain_is_named",
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def host(self) -> str:
        """Host and port under which customers reach the shop."""
        return self.domain if self.domain and self.domain_live_at else self.given_host

    @property
    def given_host(self) -> str:
        """Works from the first day, whatever becomes of a domain of the shop's own: where the team works."""
        return f"{self.slug}.{settings.BASE_DOMAIN}"

    @property
    def url(self) -> str:
        return f"{settings.PUBLIC_SCHEME}://{self.host}"

    @property
    def readable_until(self) -> datetime | None:
        """The end of a closed shop; None for one that is open."""
        return self.closed_at + READABLE_FOR if self.closed_at else None

    def is_gone(self, now: datetime) -> bool:
        return self.readable_until is not None and now > self.readable_until

    @property
    def team_url(self) -> str:
        return f"{settings.PUBLIC_SCHEME}://{self.given_host}"

    @property
    def customer_language(self) -> str:
        """The language code of everything customers read; du is a variant of German."""
        is_du = self.language == "de" and self.address == self.Address.DU
        return self.spelling("de-informal" if is_du else self.language)

    def spelling(self, language: str) -> str:
        """A language as the shop's country spells it."""
        return SPELT_WITHOUT.get(language, language) if self.country in WITHOUT_ESZETT else language


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, email: str, password: str | None = None, name: str = "") -> "User":
        user = self.model(email=self.normalize_email(email).lower(), name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person of a merchant's team; one sign-in for all shops they work for. Customers are never users."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
        ]

    def __str__(self) -> str:
        return f"user {self.pk}"

    def get_full_name(self) -> str:
        return self.name or self.email

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's permissions are not used: capabilities stand at the route."""
        return False

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        return False


class TenantForeignKey(models.ForeignKey):
    """A reference inside one tenant; the composite key in the database is made by `rls.TenantTable`."""

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)
        kwargs.setdefault("related_name", "+")
        super().__init__(to, on_delete, **kwargs)


class TenantModel(models.Model):
    """A row that belongs to one tenant: row-level security, and the tenant in every key.

    `PERSONAL` names the columns that say something about a customer: they are in the export and empty after erasure.
    """

    PERSONAL: ClassVar[tuple[str, ...]] = ()

    tenant = models.ForeignKey(
        Tenant,
        models.PROTECT,
        db_default=CurrentTenant(),
        db_index=False,
        db_constraint=False,
        related_name="+",
        editable=False,
    )

    class Meta:
        abstract = True


def longest(model: type[models.Model], name: str) -> int:
    """How many characters a text field holds."""
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    assert field.max_length is not None
    return field.max_length
