"""URLs of the portal, at the root of a shop's host."""

from portal import views
from portal.access import PORTAL

app_name = "portal"
urlpatterns = [
    PORTAL.route("", views.home, name="home", GET="portal.use"),
    PORTAL.route("card/", views.card, name="card", GET="portal.use"),
    PORTAL.route("history/", views.history, name="history", GET="portal.use"),
    PORTAL.route("sign-in/", views.sign_in_view, name="sign_in", GET="public", POST="public"),
    PORTAL.route("sign-in/code/", views.code, name="code", GET="public", POST="public"),
    PORTAL.route("sign-out/", views.sign_out_view, name="sign_out", POST="portal.use"),
]
