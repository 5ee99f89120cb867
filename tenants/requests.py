"""What the middlewares and routes have put on a request by the time a view sees it."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from tenants.models import Tenant
from tenants.roles import Actor


def client_address(request: HttpRequest) -> str:
    """Where a request comes from: the hop before our own proxies, counted from the right, as only those are trusted."""
    hops = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    forwarded = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    return forwarded[-hops] if 0 < hops <= len(forwarded) else request.META["REMOTE_ADDR"]


def own_page(text: str, *, below: str = "/") -> str:
    """What a `next` may lead to: a page of this host below another; empty for anything else."""
    harmless = text.isprintable() and url_has_allowed_host_and_scheme(text, allowed_hosts=None)
    path = text.partition("?")[0].partition("#")[0]
    return text if harmless and text.startswith(below) and "." not in path else ""


class HostRequest(HttpRequest):
    """A request whose host is known; `tenant` is None on the bare domain."""

    tenant: Tenant | None


class ShopRequest(HttpRequest):
    """A request to a shop's host, on a route that named the capability which `actor` holds."""

    tenant: Tenant
    actor: Actor
