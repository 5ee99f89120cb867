"""What every template may know of the shop."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static

from tenants.brand import style_name
from tenants.locales import language_tag
from tenants.models import Tenant
from tenants.public_site import public_url

PRODUCT_STYLES = "css/brand-product.css"


def shop(request: HttpRequest) -> dict[str, Any]:
    tenant = getattr(request, "tenant", None)
    return {
        "product_name": settings.PRODUCT_NAME,
        "tenant": tenant,
        "html_lang": language_tag(),
        "brand_url": brand_url(tenant),
        "logo_url": f"/brand/{tenant.logo_hash}.png" if tenant and tenant.logo_hash else "",
        "public_url": public_url(),
    }


def brand_url(tenant: Tenant | None) -> str:
    """The style sheet with the shop's palette; on the bare domain the product's."""
    return f"/brand/{style_name(tenant.brand_color)}" if tenant else static(PRODUCT_STYLES)
