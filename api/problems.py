"""Every refusal as a problem document (RFC 9457) with a stable code."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from api.serializers import ProblemShape
from tenants.error_pages import PROBLEM_TYPE
from tenants.errors import DomainError
from tenants.roles import Actor

# What every call may answer, and what every call with a body may.
_ALWAYS = (401, 403, 406, 429)
_WITH_BODY = (400, 411, 413, 415, 422)
_MOST_ERRORS = 100
_LONGEST = 200


def refusals(*statuses: int, body: bool = False) -> dict[tuple[int, str], Any]:
    """The problem answers of an operation, for the OpenAPI document."""
    possible = sorted({*_ALWAYS, *(_WITH_BODY if body else ()), *statuses})
    return {(status, PROBLEM_TYPE): ProblemShape for status in possible}


def problem(*, status: int, code: str, detail: Any, **more: Any) -> dict[str, Any]:
    """`errors` lists fields where the input is at fault; further members are facts a machine can use."""
    return {
        "type": "about:blank",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail": detail,
    } | more


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. Returns None for faults of ours, which then become a 500."""
    match error:
        case DomainError():
            return _refusal(error)
        case exceptions.ValidationError():
            return _invalid(error)
        case exceptions.ParseError():
            return _answer(400, "malformed", error.detail)
        case exceptions.UnsupportedMediaType():
            return _answer(415, "unsupported_media_type", error.detail)
        case exceptions.NotAcceptable():
            return _answer(406, "not_acceptable", error.detail)
        case exceptions.MethodNotAllowed():
            return _answer(405, "method_not_allowed", error.detail)
        case RecursionError():
            return _answer(400, "malformed", _("The body is nested too deeply."))
        case Http404() | PermissionDenied():
            return _answer(404, "not_found", _("Not found."))
    return None


def refuse(request: HttpRequest, actor: Actor | None) -> JsonResponse:
    """401 without a valid key for this shop, 403 where the key's scopes do not reach."""
    if actor is None:
        detail = _("A valid API key of this shop is required.")
        return _early(401, "unauthorized", detail, {"WWW-Authenticate": "Bearer"})
    return _early(403, "missing_scope", _("This API key may not do this."))


def not_allowed(request: HttpRequest, methods: list[str]) -> JsonResponse:
    return _early(405, "method_not_allowed", _("This call does not exist."), {"Allow": ", ".join(methods)})


def _early(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> JsonResponse:
    """A refusal before DRF is reached."""
    body = problem(status=status, code=code, detail=detail)
    return JsonResponse(
        body, status=status, content_type=PROBLEM_TYPE, headers=headers, json_dumps_params={"ensure_ascii": False}
    )


def _refusal(error: DomainError) -> Response:
    headers = {"Retry-After": str(error.facts["retry_after"])} if "retry_after" in error.facts else None
    errors = {"errors": [{"field": error.field, "message": str(error)}]} if error.field else {}
    return _answer(error.status, error.code, str(error), headers=headers, **errors, **error.facts)


def _invalid(error: exceptions.ValidationError) -> Response:
    errors = [{"field": _sayable(field), "message": _sayable(message)} for field, message in _messages(error.detail)]
    errors = errors[:_MOST_ERRORS]
    return _answer(422, "invalid", _("Some values are not valid."), errors=errors)


def _answer(status: int, code: str, detail: Any, *, headers: dict[str, str] | None = None, **more: Any) -> Response:
    body = problem(status=status, code=code, detail=detail, **more)
    return Response(body, status=status, headers=headers, content_type=PROBLEM_TYPE)


def _sayable(text: str) -> str:
    """What was sent may be repeated, but not halves of characters, nor endlessly."""
    return text[:_LONGEST].encode(errors="replace").decode()


def _messages(detail: Any, path: str = "") -> list[tuple[str, str]]:
    """Nested validation errors as dotted paths: `lines.0.total`."""
    if isinstance(detail, dict):
        return [found for key, value in detail.items() for found in _messages(value, _joined(path, str(key)))]
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        return [found for index, value in enumerate(detail) for found in _messages(value, _joined(path, str(index)))]
    messages = detail if isinstance(detail, list) else [detail]
    return [(path, str(message)) for message in messages]


def _joined(path: str, key: str) -> str:
    if key == "non_field_errors":
        return path
    return f"{path}.{key}" if path else key
