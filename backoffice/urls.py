"""URLs of the back office."""

from backoffice import views
from backoffice.access import BACKOFFICE

app_name = "backoffice"
urlpatterns = [
    BACKOFFICE.route("", views.home, name="home", GET="backoffice.enter"),
    BACKOFFICE.route("enter/", views.enter, name="enter", GET="public"),
    BACKOFFICE.route("sign-out/", views.sign_out, name="sign_out", POST="backoffice.enter"),
    BACKOFFICE.route("signed-out/", views.signed_out, name="signed_out", GET="public"),
    BACKOFFICE.route("customers/", views.customers, name="customers", GET="customers.read"),
    BACKOFFICE.route("customers/<uuid:public_id>/", views.customer, name="customer", GET="customers.read"),
    BACKOFFICE.route("purchases/<uuid:public_id>/void/", views.void, name="void", POST="purchases.void"),
    BACKOFFICE.route("operations/", views.operations, name="operations", GET="operations.read"),
    BACKOFFICE.route("operations/<int:delivery_id>/retry/", views.retry, name="retry", POST="operations.retry"),
]
