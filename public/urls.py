"""URLs of the public site."""

from django.urls import path

from public import views
from public.access import SITE
from public.invitations import invitation
from tenants.routes import public

app_name = "public"
urlpatterns = [
    public(path("", views.home, name="home")),
    SITE.route("shops/", views.shops, name="shops", GET="shops.choose"),
    SITE.route("shops/<slug:slug>/", views.enter, name="enter", GET="shops.choose"),
    SITE.route("second-factor/", views.second_factor, name="second_factor", GET="shops.choose"),
    SITE.route("invitations/<str:token>/", invitation, name="invitation", GET="public", POST="public"),
]
