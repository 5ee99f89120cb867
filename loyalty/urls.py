"""URLs of a shop's host: portal at the root, checkout, back office, API."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("api.urls")),
    path("backoffice/", include("backoffice.urls")),
    path("checkout/", include("checkout.urls")),
    path("", include("portal.urls")),
]

handler400 = "tenants.error_pages.bad_request"
handler403 = "tenants.error_pages.forbidden"
handler404 = "tenants.error_pages.not_found"
handler500 = "tenants.error_pages.server_error"
