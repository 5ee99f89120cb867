"""The product's URLs, and the views that a benchmark compares it with."""

import os

from django.urls import include, path

from devtools.bench.award import naive, nothing, uncounted
from loyalty.urls import handler400, handler403, handler404, handler500
from tenants.routes import public

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

if os.environ.get("UNCOUNTED"):
    uncounted.leave_out()

urlpatterns = [
    path(
        "",
        include(
            [public(path("bench/nothing", nothing.nothing)), public(path("bench/naive", naive.NaiveView.as_view()))]
        ),
    ),
    path("", include("loyalty.urls")),
]
