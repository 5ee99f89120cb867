"""URLs of the public site."""

from django.urls import path

from public.access import SITE
from public.views import account, invitations, shops, sign_up, site
from tenants.routes import public

LEGAL_TEXTS = ("imprint", "privacy", "terms", "processing", "accessibility")

app_name = "public"
urlpatterns = [
    public(path("", site.home, name="home")),
    *(public(path(f"{text}/", site.legal, {"text": text}, name=text)) for text in LEGAL_TEXTS),
    SITE.route("shops/", shops.shops, name="shops", GET="shops.choose"),
    SITE.route("open/", sign_up.open_shop, name="open_shop", GET="shops.open", POST="shops.open"),
    SITE.route("open/address/", sign_up.address, name="address", GET="shops.open"),
    SITE.route("shops/<slug:slug>/", shops.enter, name="enter", GET="shops.choose"),
    SITE.route("account/", account.account, name="account", GET="shops.choose"),
    SITE.route("second-factor/", shops.second_factor, name="second_factor", GET="shops.choose"),
    SITE.route("invitations/<str:token>/", invitations.invitation, name="invitation", GET="public", POST="public"),
]
