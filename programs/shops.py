"""Opening a shop: the tenant, its owner, the first store and the programme it starts with, all or nothing."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from allauth.account.models import EmailAddress
from babel.core import get_global
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from programs.errors import SlugTaken
from programs.models import Program
from programs.setup import start_default_program
from team.models import Membership, Store
from team.services import add_member, open_store
from tenants.contact import normal_email, normal_name
from tenants.errors import Invalid
from tenants.models import SLUG_PATTERN, Tenant, User, longest
from tenants.money import known_currency
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope

# Hosts that the installation itself may want.
RESERVED_SLUGS = frozenset({"admin", "api", "app", "ftp", "mail", "smtp", "static", "status", "www"})
FIRST_STORE = "main"
LANGUAGES = ("de", "en")


@dataclass(frozen=True, slots=True)
class OpenedShop:
    """A new shop. An owner who is new here has no password yet."""

    tenant: Tenant
    owner: User
    owner_is_new: bool
    owner_member: Membership
    store: Store


def open_shop(
    *,
    slug: str,
    name: str,
    currency: str,
    owner_email: str,
    now: datetime,
    owner_name: str = "",
    country: str = "DE",
    time_zone: str = "Europe/Berlin",
    language: str = "de",
    address: str = "du",
) -> OpenedShop:
    """A shop that can credit points at once. Raises Invalid or SlugTaken, and then nothing has happened."""
    tenant = Tenant(
        slug=slug,
        name=normal_name(name),
        currency=currency,
        country=country,
        time_zone=time_zone,
        language=language,
        address=address,
    )
    _check(tenant)
    email = normal_email(owner_email)
    if not email:
        raise Invalid(_("Enter a valid e-mail address."), field="owner")
    with transaction.atomic():
        _save(tenant)
        owner, is_new = _owner(email, name=normal_name(owner_name))
        with tenant_scope(tenant):
            member = add_member(user=owner, role=Membership.Role.OWNER, name=_member_name(owner), actor=SYSTEM)
            store = open_store(code=FIRST_STORE, name=tenant.name, actor=SYSTEM)
            start_default_program(name=tenant.name[: longest(Program, "name")], actor=SYSTEM, now=now)
    return OpenedShop(tenant=tenant, owner=owner, owner_is_new=is_new, owner_member=member, store=store)


def _check(tenant: Tenant) -> None:
    limit = longest(Tenant, "name")
    if not re.fullmatch(SLUG_PATTERN, tenant.slug):
        text = _("“%(slug)s” cannot be a host name: use small letters, digits and hyphens, at least three.")
        raise Invalid(text % {"slug": tenant.slug}, field="slug")
    if tenant.slug in RESERVED_SLUGS:
        raise SlugTaken(field="slug")
    if not tenant.name or len(tenant.name) > limit:
        raise Invalid(_("Enter a name of at most %(limit)d characters.") % {"limit": limit}, field="name")
    if not known_currency(tenant.currency):
        raise Invalid(_("“%(code)s” is no currency.") % {"code": tenant.currency}, field="currency")
    if tenant.country not in get_global("territory_currencies"):
        raise Invalid(_("“%(code)s” is no country.") % {"code": tenant.country}, field="country")
    if tenant.time_zone not in available_timezones():
        raise Invalid(_("“%(zone)s” is no time zone.") % {"zone": tenant.time_zone}, field="time_zone")
    if tenant.language not in LANGUAGES:
        raise Invalid(_("The languages are: %(codes)s.") % {"codes": ", ".join(LANGUAGES)}, field="language")
    if tenant.address not in Tenant.Address.values:
        raise Invalid(_("Customers are addressed as du or sie."), field="address")


def _save(tenant: Tenant) -> None:
    try:
        with transaction.atomic():
            tenant.save(force_insert=True)
    except IntegrityError as error:
        if "slug" not in str(error):
            raise
        raise SlugTaken(field="slug") from error


def _owner(email: str, *, name: str) -> tuple[User, bool]:
    """One sign-in for all shops: who has one keeps it."""
    user = User.objects.filter(email=email).first()
    if user is not None:
        return user, False
    user = User.objects.create_user(email=email, name=name)
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return user, True


def _member_name(owner: User) -> str:
    """What colleagues see at the till."""
    return (owner.name or owner.email.partition("@")[0])[: longest(Membership, "name")]
