"""The host picks the tenant; the innermost middleware runs view and rendering inside its scope."""

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template import loader
from django.utils import timezone, translation

from tenants.context import shop
from tenants.locales import language_tag
from tenants.models import Tenant
from tenants.postgresql.reading import one
from tenants.requests import HostRequest
from tenants.scope import tenant_scope

GetResponse = Callable[[HostRequest], HttpResponseBase]
SESSION_TENANT = "tenant_id"


class HostMiddleware:
    """Sets `request.tenant` (None on the bare domain) and answers unknown hosts itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HostRequest) -> HttpResponseBase:
        try:
            host = request.get_host().lower()
        except DisallowedHost:
            return HttpResponse(status=400)
        if _without_port(host) == _without_port(settings.BASE_DOMAIN):
            request.tenant = None
            request.urlconf = settings.PUBLIC_URLCONF
            response = _leading_into_shops(self.get_response(request))
            if settings.SECURE_HSTS_SECONDS and request.is_secure():
                # Every name below the base domain is ours; the security middleware keeps what is there.
                seconds = settings.SECURE_HSTS_SECONDS
                response["Strict-Transport-Security"] = f"max-age={seconds}; includeSubDomains"
            return response
        tenant = tenant_of_host(_without_port(host))
        if tenant is None or tenant.is_gone(timezone.now()):
            return _no_such_shop(request)
        request.tenant = tenant
        return self.get_response(request)


class SessionTenantMiddleware:
    """A session belongs to the host that made it: a cookie carried to another shop is worthless there."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HostRequest) -> HttpResponseBase:
        tenant_id = request.tenant.pk if request.tenant else None
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.get(SESSION_TENANT) != tenant_id:
            request.session.flush()
        response = self.get_response(request)
        if request.session.modified and not request.session.is_empty():
            request.session[SESSION_TENANT] = tenant_id
        return response


class ScopeMiddleware:
    """Runs everything below in the tenant's scope; an answer of 400 and above leaves nothing behind."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HostRequest) -> HttpResponseBase:
        tenant = request.tenant
        if tenant is None:
            return self.get_response(request)
        with tenant_scope(tenant), timezone.override(tenant.zone):
            translation.activate(tenant.spelling(translation.get_language() or settings.LANGUAGE_CODE))
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language_tag())
            if response.status_code >= 400:
                transaction.set_rollback(True)
            if response.streaming:
                streaming = cast("StreamingHttpResponse", response)
                chunks = cast("Iterator[bytes]", streaming.streaming_content)
                streaming.streaming_content = _scoped(tenant, chunks, language=translation.get_language())
        return response


def tenant_of_host(host: str) -> Tenant | None:
    """The shop under a host name without port: its slug directly below the base domain, else its own domain."""
    slug, _, parent = host.partition(".")
    below = parent == _without_port(settings.BASE_DOMAIN)
    return one(Tenant, "slug = %s", slug) if below else one(Tenant, "domain = %s", host)


def _without_port(host: str) -> str:
    return host.partition(":")[0]


def _scoped(tenant: Tenant, chunks: Iterable[bytes], *, language: str | None) -> Iterator[bytes]:
    """What is still to be sent when the request is over runs in its scope, zone and language."""
    with tenant_scope(tenant), timezone.override(tenant.zone), translation.override(language):
        yield from chunks


def _leading_into_shops(response: HttpResponseBase) -> HttpResponseBase:
    """Signing in ends in a shop: unlike a shop's own forms, those of the bare domain may lead to another host."""
    response._csp_update = {"form-action": f"{settings.PUBLIC_SCHEME}://*.{settings.BASE_DOMAIN}"}  # type: ignore[attr-defined]
    return response


def _no_such_shop(request: HostRequest) -> HttpResponse:
    with translation.override(settings.LANGUAGE_CODE):
        return HttpResponse(loader.render_to_string("404.html", shop(request)), status=404)
