"""The shop itself: the domain it is reached under, and its end."""

import re
import unicodedata
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from events.services import publish
from team.errors import DomainTaken
from tenants.contact import normal_name
from tenants.errors import Invalid
from tenants.models import Tenant, longest
from tenants.roles import Actor
from tenants.scope import current_tenant

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def set_domain(*, domain: str, actor: Actor) -> None:
    """A domain of the shop's own, or none. It is used for links once it is seen to lead here.

    Raises Invalid, or DomainTaken where another shop uses it. A claim that was never seen to work blocks nobody.
    """
    tenant = current_tenant()
    name = normal_domain(domain) if domain.strip() else None
    if name == tenant.domain:
        return
    with transaction.atomic():
        Tenant.objects.filter(domain=name, domain_live_at=None).exclude(domain=None).update(domain=None)
        try:
            with transaction.atomic():
                Tenant.objects.filter(pk=tenant.pk).update(domain=name, domain_live_at=None)
        except IntegrityError as error:
            raise DomainTaken(field="domain") from error
        publish("shop.domain_set", actor=actor)
    tenant.refresh_from_db()


def confirm_domain(*, actor: Actor, now: datetime) -> None:
    """The shop was reached under its own domain: from now on customers are sent there."""
    tenant = current_tenant()
    if Tenant.objects.filter(pk=tenant.pk, domain_live_at=None).exclude(domain=None).update(domain_live_at=now):
        publish("shop.domain_confirmed", actor=actor)
        tenant.refresh_from_db()


def close_shop(*, typed_name: str, actor: Actor, now: datetime) -> None:
    """No points, no new customers, no till from now on; what is there can be read for a year. Raises Invalid."""
    tenant = current_tenant()
    if normal_name(typed_name).casefold() != normal_name(tenant.name).casefold():
        raise Invalid(_("Type the name of the shop as it stands above."), field="typed_name")
    if Tenant.objects.filter(pk=tenant.pk, closed_at=None).update(closed_at=now):
        publish("shop.closed", actor=actor)
        tenant.refresh_from_db()


def reopen_shop(*, actor: Actor) -> None:
    """Everything is as it was before the shop was closed."""
    tenant = current_tenant()
    if Tenant.objects.filter(pk=tenant.pk).exclude(closed_at=None).update(closed_at=None):
        publish("shop.reopened", actor=actor)
        tenant.refresh_from_db()


def normal_domain(text: str) -> str:
    """Lower case, without scheme and slash, other letters as a browser sends them. Raises Invalid."""
    bare = unicodedata.normalize("NFC", text).strip().lower().removeprefix("https://").removeprefix("http://")
    labels = [_ascii(label) for label in bare.rstrip("/").rstrip(".").split(".")]
    domain = ".".join(labels)
    named = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    if not named or len(domain) > longest(Tenant, "domain"):
        raise Invalid(_("Enter a domain such as treue.example.com."), field="domain")
    base = settings.BASE_DOMAIN.partition(":")[0]
    if domain == base or domain.endswith(f".{base}"):
        raise Invalid(_("Addresses below our own domain are given out by us. Enter a domain of yours."), field="domain")
    return domain


def _ascii(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
