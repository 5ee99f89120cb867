"""A form that makes something new is sent once: a second press and a reload must not make another."""

from django.core.cache import cache
from django.http import HttpRequest

from tenants.scope import current_tenant
from tenants.secrets import digest

SECONDS = 3_600


def sent_before(request: HttpRequest) -> bool:
    """Whether this rendering of the form has been sent already: each carries a CSRF token of its own."""
    token = request.POST.get("csrfmiddlewaretoken", "")
    return bool(token) and not cache.add(f"form:{current_tenant().pk}:{digest(token)}", 1, timeout=SECONDS)
