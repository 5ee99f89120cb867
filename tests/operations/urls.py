"""Routes that fail in ways which drag personal data into logs."""

from django.http import HttpRequest, HttpResponse

from customers.models import Customer
from loyalty.urls import handler400, handler403, handler404, handler500
from tenants.routes import PUBLIC
from tests.tenants.shop_urls import surface

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def says_it(request: HttpRequest, word: str) -> HttpResponse:
    """As `int("…")`, a key error or a mail server's answer do."""
    try:
        raise ValueError(f"cannot make sense of {word}")
    except ValueError as error:
        raise LookupError(word) from error


def collides(request: HttpRequest, word: str) -> HttpResponse:
    """PostgreSQL quotes the values of a unique key that is taken."""
    first = Customer.objects.order_by("pk").first()
    assert first
    first.external_id = word
    first.save()
    first.pk = None
    first._state.adding = True
    first.save()
    return HttpResponse()


urlpatterns = [
    surface.route("says/<str:word>/", says_it, name="says", GET=PUBLIC),
    surface.route("collides/<str:word>/", collides, name="collides", GET=PUBLIC),
]
