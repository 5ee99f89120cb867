"""URLs of the bare domain: the public site and the team's accounts."""

from django.urls import include, path

from loyalty.urls import handler400, handler403, handler404, handler500
from public.views.account import sign_out
from tenants.routes import public

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    # Before allauth's own, whose name still leads here.
    public(path("accounts/logout/", sign_out)),
    public(path("accounts/", include("allauth.urls"))),
    path("", include("public.urls")),
]
