"""URLs of the portal, at the root of a shop's host."""

from django.urls import path

from portal import brand, views
from portal.access import PORTAL
from portal.legal import legal
from tenants.routes import public

app_name = "portal"
urlpatterns = [
    # Files of the shop's look: the same for everybody, so they may be kept.
    public(path("brand/<slug:name>.css", brand.styles, name="brand_styles")),
    public(path("brand/<slug:name>.png", brand.logo, name="logo")),
    public(path("brand/large/<slug:name>.png", brand.large_logo, name="large_logo")),
    PORTAL.route("legal/<str:kind>/", legal, name="legal", GET="public"),
    PORTAL.route("", views.home, name="home", GET="portal.use"),
    PORTAL.route("card/", views.card, name="card", GET="portal.use"),
    PORTAL.route("history/", views.history, name="history", GET="portal.use"),
    PORTAL.route("sign-in/", views.sign_in_view, name="sign_in", GET="public", POST="public"),
    PORTAL.route("sign-in/code/", views.code, name="code", GET="public", POST="public"),
    PORTAL.route("sign-out/", views.sign_out_view, name="sign_out", POST="portal.use"),
]
