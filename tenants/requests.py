"""What the middlewares and routes have put on a request by the time a view sees it."""

import re
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from tenants.models import Tenant
from tenants.roles import Actor

# How browsers say that nobody has asked for a page yet, and what programs call themselves that read links in messages.
_PURPOSES: Final = ("Sec-Purpose", "Purpose", "X-Moz", "X-Purpose")
_PROGRAMS: Final = re.compile(
    r"bot\b|crawl|spider|preview|facebookexternalhit|whatsapp/|telegram|skype|curl/|python", re.IGNORECASE
)


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


def is_from_own_page(request: HttpRequest) -> bool:
    """Whether the browser says that a page of this host has sent the form: for pages that set no cookie."""
    said = request.headers.get("Origin") or request.headers.get("Referer", "")
    return urlsplit(said).netloc == request.get_host()


def is_opened_by_somebody(request: HttpRequest) -> bool:
    """A page that a person looks at: not fetched in advance, and not by a program that makes a preview of a link."""
    agent, wanted = request.headers.get("User-Agent", ""), request.headers.get("Sec-Fetch-Dest", "document")
    in_advance = any("prefetch" in request.headers.get(name, "").lower() for name in _PURPOSES)
    return request.method == "GET" and wanted == "document" and not in_advance and not _PROGRAMS.search(agent)


class HostRequest(HttpRequest):
    """A request whose host is known; `tenant` is None on the bare domain."""

    tenant: Tenant | None


class ShopRequest(HttpRequest):
    """A request to a shop's host, on a route that named the capability which `actor` holds."""

    tenant: Tenant
    actor: Actor
