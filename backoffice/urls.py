"""URLs of the back office."""

from backoffice.access import BACKOFFICE
from backoffice.views import account, customers, operations, session

app_name = "backoffice"
urlpatterns = [
    BACKOFFICE.route("", session.home, name="home", GET="backoffice.enter"),
    BACKOFFICE.route("enter/", session.enter, name="enter", GET="public"),
    BACKOFFICE.route("sign-out/", session.sign_out, name="sign_out", POST="backoffice.enter"),
    BACKOFFICE.route("signed-out/", session.signed_out, name="signed_out", GET="public"),
    BACKOFFICE.route("customers/", customers.customers, name="customers", GET="customers.read"),
    BACKOFFICE.route("customers/<uuid:public_id>/", customers.customer, name="customer", GET="customers.read"),
    BACKOFFICE.route("purchases/<uuid:public_id>/void/", customers.void, name="void", POST="purchases.void"),
    BACKOFFICE.route("operations/", operations.operations, name="operations", GET="operations.read"),
    BACKOFFICE.route("operations/<int:delivery_id>/retry/", operations.retry, name="retry", POST="operations.retry"),
    BACKOFFICE.route("account/", account.account, name="account", GET="account.read"),
    BACKOFFICE.route("account/domain/", account.set_domain, name="set_domain", POST="domain.write"),
    BACKOFFICE.route("account/domain/check/", account.check_domain, name="check_domain", GET="public"),
]
