"""One log line and one count for each request: the route instead of the path, ids instead of names."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from structlog.contextvars import bound_contextvars

from operations import metrics

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
UNMATCHED = "(none)"
# What proxies make; anything else could carry somebody's words into the log.
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class RequestMiddleware:
    """The outermost but for static files, so that whatever else answers is logged and counted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = _request_id(request)
        with bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            _record(request, response, seconds=time.perf_counter() - started)
        response[HEADER] = request_id
        return response


def _request_id(request: HttpRequest) -> str:
    """The proxy's, where there is one, so that its log and ours can be laid beside each other."""
    given = request.headers.get(HEADER, "")
    return given if settings.ALLAUTH_TRUSTED_PROXY_COUNT and _ID.fullmatch(given) else uuid.uuid4().hex


def _record(request: Any, response: HttpResponseBase, *, seconds: float) -> None:
    match = getattr(request, "resolver_match", None)
    route = f"/{match.route}" if match else UNMATCHED
    tenant, actor = getattr(request, "tenant", None), getattr(request, "actor", None)
    line = {
        "method": request.method,
        "route": route,
        "status": response.status_code,
        "milliseconds": round(seconds * 1000, 1),
        "tenant": tenant.pk if tenant else None,
        "actor": actor.reference if actor else None,
    }
    logger.info("request", extra={name: value for name, value in line.items() if value is not None})
    metrics.REQUESTS.add(route, str(request.method), str(response.status_code))
    metrics.REQUEST_SECONDS.add(route, seconds=seconds)
