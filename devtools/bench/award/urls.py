"""The product's URLs, and the views that a benchmark compares it with."""

from django.urls import URLPattern, URLResolver, path

from devtools.bench.award import naive, nothing
from loyalty.urls import *  # noqa: F403 - the handlers of errors too
from loyalty.urls import urlpatterns as product_urls
from tenants.routes import public

urlpatterns: list[URLPattern | URLResolver] = [
    public(path("bench/nothing", nothing.nothing)),
    public(path("bench/naive", naive.NaiveView.as_view())),
    *product_urls,
]
