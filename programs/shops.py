"""Opening a shop: the tenant, its owner, the first store and the programme it starts with, all or nothing."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from allauth.account.models import EmailAddress
from babel.core import get_global
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from legal.services import accept_processing_agreement
from programs.errors import SlugTaken
from programs.models import Program
from programs.setup import TEMPLATES, prepare_program, start_default_program
from team.models import Membership, Store
from team.queries import member_actor
from team.services import add_member, open_store
from tenants.contact import normal_email, normal_name
from tenants.errors import Invalid
from tenants.models import SLUG_PATTERN, Tenant, User, longest
from tenants.money import known_currency
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope

# Hosts that the installation itself may want.
RESERVED_SLUGS = frozenset(
    {
        *("admin", "api", "app", "assets", "autoconfig", "autodiscover", "blog", "cdn", "docs", "ftp", "help"),
        *("imap", "localhost", "mail", "media", "mta-sts", "ns1", "ns2", "pop", "smtp", "static", "status"),
        *("support", "webmail", "wpad", "www"),
    }
)
_TRANSCRIBED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o", "&": " und "})
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
    trade: str = Tenant.Trade.CAFE.value,
    address: str = "",
    agreement: str = "",
    is_public: bool = True,
) -> OpenedShop:
    """A shop that can credit points at once. Raises Invalid or SlugTaken, and then nothing has happened.

    Where it is not public yet, it begins with the whole template, and the owner starts the programme later.

    The trade decides what it starts with and, unless that is given, how customers are addressed. `agreement` is the
    version of the processing agreement that the owner has accepted.
    """
    if trade not in TEMPLATES:
        raise Invalid(_("Choose what fits best."), field="trade")
    tenant = Tenant(
        slug=slug,
        name=normal_name(name),
        currency=currency,
        country=country,
        time_zone=time_zone,
        language=language,
        trade=trade,
        address=address or TEMPLATES[trade].address,
    )
    _check(tenant)
    email = normal_email(owner_email)
    if not email:
        raise Invalid(_("Enter a valid e-mail address."), field="owner")
    with transaction.atomic():
        _save(tenant)
        owner, is_new = _owner(email, name=normal_name(owner_name)[: longest(User, "name")])
        with tenant_scope(tenant):
            member = add_member(user=owner, role=Membership.Role.OWNER, name=_member_name(owner), actor=SYSTEM)
            store = open_store(code=FIRST_STORE, name=tenant.name, actor=SYSTEM)
            start = start_default_program if is_public else prepare_program
            start(name=tenant.name[: longest(Program, "name")], actor=SYSTEM, now=now)
            if agreement:
                accept_processing_agreement(version=agreement, actor=member_actor(member), now=now)
    return OpenedShop(tenant=tenant, owner=owner, owner_is_new=is_new, owner_member=member, store=store)


def slug_of(name: str) -> str:
    """What a shop's part of the host name could be: “Café Zum Löwen” becomes cafe-zum-loewen. Empty if nothing is."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_TRANSCRIBED))
    slug = re.sub(r"[^a-z0-9]+", "-", "".join(letter for letter in plain if not unicodedata.combining(letter)))
    slug = slug.lstrip("-0123456789")[: longest(Tenant, "slug")].strip("-")
    return slug if re.fullmatch(SLUG_PATTERN, slug) else ""


def free_slug_of(name: str) -> str:
    """The same, with a number where the name alone is taken."""
    slug = slug_of(name)
    if not slug:
        return ""
    numbered = [slug, *(f"{slug[:28].rstrip('-')}-{number}" for number in range(2, 100))]
    taken = set(Tenant.objects.filter(slug__in=numbered).values_list("slug", flat=True)) | RESERVED_SLUGS
    return next((candidate for candidate in numbered if candidate not in taken), "")


def check_slug(slug: str) -> None:
    """Raises Invalid for what cannot be a host name, SlugTaken for what another shop or we ourselves have."""
    if not re.fullmatch(SLUG_PATTERN, slug):
        text = _("“%(slug)s” cannot be a host name: use small letters, digits and hyphens, at least three.")
        raise Invalid(text % {"slug": slug}, field="slug")
    if slug in RESERVED_SLUGS or Tenant.objects.filter(slug=slug).exists():
        raise SlugTaken(field="slug")


def _check(tenant: Tenant) -> None:
    limit = longest(Tenant, "name")
    check_slug(tenant.slug)
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
    """One sign-in for all shops: who has one keeps it.

    An account whose address was never confirmed may be somebody else's: its password is worth nothing here.
    """
    user = User.objects.filter(email=email).first()
    if user is not None and EmailAddress.objects.filter(user=user, verified=True).exists():
        if name and not user.name:
            user.name = name
            user.save(update_fields=["name"])
        return user, False
    user = user or User.objects.create_user(email=email, name=name)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    EmailAddress.objects.update_or_create(user=user, email=email, defaults={"primary": True, "verified": True})
    return user, True


def _member_name(owner: User) -> str:
    """What colleagues see at the till."""
    return (owner.name or owner.email.partition("@")[0])[: longest(Membership, "name")]
