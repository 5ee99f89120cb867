"""Where the public site is, which every shop links to."""

from django.conf import settings


def public_url(path: str = "") -> str:
    return f"{settings.PUBLIC_SCHEME}://{settings.BASE_DOMAIN}{path}"
