"""What every template may know of the shop."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from tenants.locales import language_tag

PRODUCT_PALETTE = "product"
_PALETTES = {"#b5482a": "morgenrot", "#5b3d8f": "nordlicht"}


def shop(request: HttpRequest) -> dict[str, Any]:
    tenant = getattr(request, "tenant", None)
    palette = _PALETTES.get(tenant.brand_color, PRODUCT_PALETTE) if tenant else PRODUCT_PALETTE
    return {
        "product_name": settings.PRODUCT_NAME,
        "tenant": tenant,
        "html_lang": language_tag(),
        "brand_css": f"css/brand-{palette}.css",
        "public_url": f"{settings.PUBLIC_SCHEME}://{settings.BASE_DOMAIN}",
    }
