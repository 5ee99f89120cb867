"""Pages for refused and failed requests. They make no query: the transaction may already be broken."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader

from tenants.context import shop
from tenants.errors import DomainError

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


class RefusalMiddleware:
    """Turns a refusal of the domain that no form has caught into a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        status = exception.status if exception.status in (403, 404, 429) else 400
        return _answer(request, status, exception.code)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(request, 403, "csrf_failed")


def _answer(request: HttpRequest, status: int, code: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(
            {
                "type": "about:blank",
                "title": code.replace("_", " "),
                "status": status,
                "code": code,
                "detail": code.replace("_", " "),
            },
            status=status,
            content_type=PROBLEM_TYPE,
        )
    page = loader.render_to_string(f"{status}.html", shop(request))
    return HttpResponse(page, status=status)
