"""URLs of the checkout."""

from checkout import views
from checkout.access import CHECKOUT

app_name = "checkout"
urlpatterns = [
    CHECKOUT.route("bind/", views.bind, name="bind", GET="public", POST="public"),
    CHECKOUT.route("sign-on/", views.sign_on_view, name="sign_on", GET="till.sign_on", POST="till.sign_on"),
    CHECKOUT.route("lock/", views.lock_view, name="lock", POST="till.use"),
    CHECKOUT.route("", views.find, name="find", GET="till.use", POST="till.use"),
    CHECKOUT.route("customers/<uuid:public_id>/", views.amount, name="amount", GET="till.use", POST="till.use"),
    CHECKOUT.route("customers/<uuid:public_id>/preview/", views.preview_view, name="preview", GET="till.use"),
    CHECKOUT.route("purchases/<uuid:public_id>/", views.done, name="done", GET="till.use"),
    CHECKOUT.route("purchases/<uuid:public_id>/void/", views.void, name="void", POST="till.use"),
]
