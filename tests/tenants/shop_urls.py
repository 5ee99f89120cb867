"""Routes of a shop's host that only tests use: each does one thing that a careless middleware gets wrong."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from customers.models import Customer
from loyalty.urls import handler400, handler403, handler404, handler500
from team.models import Store
from tenants.roles import Actor
from tenants.routes import PUBLIC, Surface

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def whoever(request: HttpRequest) -> Actor | None:
    """Lets requests state who they are."""
    capabilities = request.headers.get("X-Capabilities")
    return Actor(reference="test", capabilities=frozenset(capabilities.split())) if capabilities else None


def refuse(request: HttpRequest, actor: Actor | None) -> HttpResponse:
    return HttpResponse(status=403 if actor else 401)


surface = Surface(name="test", authenticate=whoever, refuse=refuse)


def rendered(request: HttpRequest) -> TemplateResponse:
    """The query runs while the template is rendered, after the view has returned."""
    return TemplateResponse(request, "stores.html", {"stores": Store.objects.order_by("pk")})


def streamed(request: HttpRequest) -> StreamingHttpResponse:
    def names() -> Iterator[str]:
        for store in Store.objects.order_by("pk"):
            yield f"{store.code};"

    return StreamingHttpResponse(names())


def keep(request: HttpRequest) -> HttpResponse:
    Store.objects.create(code="kept", name="kept")
    return HttpResponse(status=201)


def refused(request: HttpRequest, status: int) -> HttpResponse:
    Store.objects.create(code="half", name="half")
    return HttpResponse(status=status)


def broken(request: HttpRequest) -> HttpResponse:
    Store.objects.create(code="half", name="half")
    raise RuntimeError


def broken_transaction(request: HttpRequest) -> HttpResponse:
    Store.objects.create(code="main", name="The code is taken: the transaction is broken from here on")
    return HttpResponse()


class RefusedByRestFramework(APIView):
    """Its exception handler turns the error into an answer, so that the middleware sees no exception."""

    def post(self, request: Request) -> None:
        Store.objects.create(code="half", name="half")
        raise ValidationError("second step failed")


def remember(request: HttpRequest) -> HttpResponse:
    request.session["customer"] = 7
    return HttpResponse()


def recall(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.session.get("customer")))


def count(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Customer.objects.count()))


def unstated(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


urlpatterns = [
    surface.route("rendered/", rendered, name="rendered", GET=PUBLIC),
    surface.route("streamed/", streamed, name="streamed", GET=PUBLIC),
    surface.route("keep/", keep, name="keep", GET=PUBLIC),
    surface.route("refused/<int:status>/", refused, name="refused", GET=PUBLIC),
    surface.route("broken/", broken, name="broken", GET=PUBLIC),
    surface.route("broken-transaction/", broken_transaction, name="broken-transaction", GET=PUBLIC),
    surface.route("rest/", RefusedByRestFramework.as_view(), name="rest", POST=PUBLIC),
    surface.route("remember/", remember, name="remember", GET=PUBLIC),
    surface.route("recall/", recall, name="recall", GET=PUBLIC),
    surface.route("count/", count, name="count", GET=PUBLIC),
    surface.route("guarded/", recall, name="guarded", GET="customers.read", POST="purchases.void"),
]
urlpatterns_with_unstated = [*urlpatterns, path("unstated/", unstated, name="unstated")]
