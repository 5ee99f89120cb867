"""How a shop presents itself: name, colour, logo, language and the way it addresses its customers."""

import io
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from events.services import publish
from team.models import Logo
from tenants.brand import HEX
from tenants.errors import Invalid
from tenants.models import Tenant, longest
from tenants.pictures import decoded
from tenants.roles import Actor
from tenants.scope import current_tenant

LANGUAGES: Final = ("de", "en")
MOST_MEGABYTES: Final = 2
# In the corner of a page, and on a phone's home screen.
SMALL: Final = 96
LARGE: Final = 512


def change_appearance(*, name: str, color: str, language: str, address: str, actor: Actor) -> Tenant:
    """Raises Invalid. The new colour is on the next page that is loaded."""
    tenant = Tenant.objects.select_for_update().get(pk=current_tenant().pk)
    tenant.name = " ".join(name.split())
    tenant.brand_color = color.strip().lower()
    tenant.language = language
    tenant.address = address
    _check(tenant)
    with transaction.atomic():
        tenant.save(update_fields=["name", "brand_color", "language", "address"])
        publish("shop.appearance_changed", actor=actor, brand_color=tenant.brand_color, language=language)
    return tenant


def change_logo(*, picture: bytes, actor: Actor, now: datetime) -> Logo:
    """Take over a picture. Raises Invalid where it is none, or too large to look at."""
    small, large = _renditions(picture)
    name = sha256(large).hexdigest()[:16]
    with transaction.atomic():
        logo, _created = Logo.objects.update_or_create(
            defaults={"hash": name, "small": small, "large": large, "changed_at": now}
        )
        Tenant.objects.filter(pk=current_tenant().pk).update(logo_hash=name)
        publish("shop.logo_changed", actor=actor, logo=name)
    return logo


def remove_logo(*, actor: Actor) -> None:
    with transaction.atomic():
        Logo.objects.all().delete()
        Tenant.objects.filter(pk=current_tenant().pk).update(logo_hash="")
        publish("shop.logo_removed", actor=actor)


def logo_called(name: str) -> Logo | None:
    return Logo.objects.filter(hash=name).first()


def _check(tenant: Tenant) -> None:
    limit = longest(Tenant, "name")
    if not tenant.name or len(tenant.name) > limit:
        raise Invalid(_("Enter a name of at most %(limit)d characters.") % {"limit": limit}, field="name")
    if not HEX.fullmatch(tenant.brand_color):
        raise Invalid(_("Enter a colour such as #b5482a."), field="color")
    if tenant.language not in LANGUAGES:
        raise Invalid(_("The languages are: %(codes)s.") % {"codes": ", ".join(LANGUAGES)}, field="language")
    if tenant.address not in Tenant.Address.values:
        raise Invalid(_("Customers are addressed as du or sie."), field="address")


def _renditions(picture: bytes) -> tuple[bytes, bytes]:
    upright = decoded(picture, most_megabytes=MOST_MEGABYTES, field="logo")
    return _square(upright, SMALL), _square(upright, LARGE)


def _square(picture: Image.Image, side: int) -> bytes:
    """Centred on a transparent square, never enlarged beyond it."""
    fitted = ImageOps.contain(picture, (side, side))
    canvas = Image.new("RGBA", (side, side))
    canvas.paste(fitted, ((side - fitted.width) // 2, (side - fitted.height) // 2))
    out = io.BytesIO()
    canvas.quantize(256).save(out, format="PNG", optimize=True)
    return out.getvalue()
