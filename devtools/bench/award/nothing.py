"""A view that does nothing, below the product's middlewares: what a request costs before it asks for anything."""

from django.http import HttpRequest, HttpResponse


def nothing(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}", content_type="application/json")
