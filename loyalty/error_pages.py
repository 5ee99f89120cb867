"""Pages for refused and failed requests. They make no query: the transaction may already be broken."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader

PROBLEM_TYPE = "application/problem+json"


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 400, "bad_request")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 403, "forbidden")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404, "not_found")


def too_many_requests(request: HttpRequest) -> HttpResponse:
    return _answer(request, 429, "throttled")


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, "server_error")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(request, 403, "csrf_failed")


def _answer(request: HttpRequest, status: int, code: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"type": "about:blank", "title": code.replace("_", " "), "status": status, "code": code},
            status=status,
            content_type=PROBLEM_TYPE,
        )
    page = loader.render_to_string(f"{status}.html", _context(request))
    return HttpResponse(page, status=status)


def _context(request: HttpRequest) -> dict[str, Any]:
    return {
        "product_name": settings.PRODUCT_NAME,
        "tenant": getattr(request, "tenant", None),
        "html_lang": getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE).partition("-")[0],
        "brand_css": "css/brand-product.css",
    }
