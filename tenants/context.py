"""What every template may know of the shop."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation


def shop(request: HttpRequest) -> dict[str, Any]:
    tenant = getattr(request, "tenant", None)
    language = translation.get_language() or settings.LANGUAGE_CODE
    return {
        "product_name": settings.PRODUCT_NAME,
        "tenant": tenant,
        "html_lang": language.partition("-")[0],
        "brand_css": f"css/brand-{tenant.brand if tenant else 'product'}.css",
        "public_url": f"{settings.PUBLIC_SCHEME}://{settings.BASE_DOMAIN}",
    }
