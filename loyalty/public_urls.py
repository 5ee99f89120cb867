"""URLs of the bare domain."""

from django.urls import include, path

from tenants.routes import public

urlpatterns = [public(path("accounts/", include("allauth.urls")))]
