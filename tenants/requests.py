"""What the middlewares and routes have put on a request by the time a view sees it."""

from django.http import HttpRequest

from tenants.models import Tenant
from tenants.roles import Actor


class HostRequest(HttpRequest):
    """A request whose host is known; `tenant` is None on the bare domain."""

    tenant: Tenant | None


class ShopRequest(HttpRequest):
    """A request to a shop's host, on a route that named the capability which `actor` holds."""

    tenant: Tenant
    actor: Actor
