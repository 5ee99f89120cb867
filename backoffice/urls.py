"""URLs of the back office."""

from backoffice.access import BACKOFFICE
from backoffice.views import (
    account,
    appearance,
    legal,
    operations,
    session,
)
from backoffice.views.customers import listing, person

app_name = "backoffice"
urlpatterns = [
    BACKOFFICE.route("", session.home, name="home", GET="backoffice.enter"),
    BACKOFFICE.route("enter/", session.enter, name="enter", GET="public"),
    BACKOFFICE.route("sign-out/", session.sign_out, name="sign_out", POST="backoffice.enter"),
    BACKOFFICE.route("signed-out/", session.signed_out, name="signed_out", GET="public"),
    BACKOFFICE.route("customers/", listing.customers, name="customers", GET="customers.read", POST="customers.read"),
    BACKOFFICE.route("customers/export/", listing.export, name="customers_export", POST="customers.export"),
    BACKOFFICE.route("customers/<uuid:public_id>/", person.customer, name="customer", GET="customers.read"),
    BACKOFFICE.route("purchases/<uuid:public_id>/void/", person.void, name="void", POST="purchases.void"),
    BACKOFFICE.route("operations/", operations.operations, name="operations", GET="operations.read"),
    BACKOFFICE.route("operations/<int:delivery_id>/retry/", operations.retry, name="retry", POST="operations.retry"),
    BACKOFFICE.route("account/", account.account, name="account", GET="account.read"),
    BACKOFFICE.route("account/domain/", account.set_domain, name="set_domain", POST="domain.write"),
    BACKOFFICE.route("account/domain/check/", account.check_domain, name="check_domain", GET="public"),
    BACKOFFICE.route("appearance/", appearance.appearance, name="appearance", GET="brand.write", POST="brand.write"),
    BACKOFFICE.route("appearance/logo/", appearance.logo, name="logo", POST="brand.write"),
    BACKOFFICE.route("appearance/preview/<str:color>.css", appearance.preview, name="brand_preview", GET="brand.write"),
    BACKOFFICE.route("legal/", legal.texts, name="legal", GET="legal.write", POST="legal.write"),
    BACKOFFICE.route("legal/samples/", legal.publish_all, name="legal_samples", POST="legal.write"),
    BACKOFFICE.route("legal/<str:kind>/", legal.text, name="legal_text", GET="legal.write", POST="legal.write"),
    BACKOFFICE.route("legal/<str:kind>/<int:number>/", legal.version, name="legal_version", GET="legal.write"),
]
