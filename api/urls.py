"""URLs of the API, version 1."""

from django.urls import path

from api import kpi_views, referral_views, reward_views, views
from api.access import API
from tenants.routes import public

app_name = "api"
urlpatterns = [
    API.route(
        "customers",
        views.CustomersView.as_view(),
        name="customers",
        GET="api.customers.read",
        POST="api.customers.write",
    ),
    API.route(
        "customers/<uuid:customer_id>",
        views.CustomerView.as_view(),
        name="customer",
        GET="api.customers.read",
        PATCH="api.customers.write",
        DELETE="api.customers.erase",
    ),
    API.route(
        "customers/<uuid:customer_id>/balance", views.BalanceView.as_view(), name="balance", GET="api.ledger.read"
    ),
    API.route(
        "customers/<uuid:customer_id>/entries", views.EntriesView.as_view(), name="entries", GET="api.ledger.read"
    ),
    API.route(
        "customers/<uuid:customer_id>/adjustments",
        views.AdjustmentsView.as_view(),
        name="adjustments",
        POST="api.points.adjust",
    ),
    API.route(
        "customers/<uuid:customer_id>/claims", views.ClaimsView.as_view(), name="claims", POST="api.purchases.claim"
    ),
    API.route(
        "customers/<uuid:customer_id>/merge", views.MergeView.as_view(), name="merge", POST="api.customers.merge"
    ),
    API.route(
        "customers/<uuid:customer_id>/stamps", views.StampsView.as_view(), name="stamps", POST="api.purchases.write"
    ),
    API.route(
        "customers/<uuid:customer_id>/stamps/redeem",
        views.RedeemStampsView.as_view(),
        name="redeem_stamps",
        POST="api.purchases.write",
    ),
    API.route(
        "customers/<uuid:customer_id>/stamps/void",
        views.VoidStampsView.as_view(),
        name="void_stamps",
        POST="api.purchases.void",
    ),
    API.route("purchases", views.PurchasesView.as_view(), name="purchases", POST="api.purchases.write"),
    API.route(
        "purchases/preview", views.PurchasePreviewView.as_view(), name="purchase_preview", POST="api.purchases.preview"
    ),
    API.route(
        "purchases/<uuid:purchase_id>/void",
        views.PurchaseVoidView.as_view(),
        name="purchase_void",
        POST="api.purchases.void",
    ),
    API.route(
        "purchases/<uuid:purchase_id>/returns",
        views.PurchaseReturnsView.as_view(),
        name="purchase_returns",
        POST="api.purchases.return",
    ),
    API.route("rewards", reward_views.RewardsView.as_view(), name="rewards", GET="api.rewards.read"),
    API.route("redemptions", reward_views.RedemptionsView.as_view(), name="redemptions", POST="api.rewards.redeem"),
    API.route(
        "redemptions/<slug:code>/use", reward_views.UseView.as_view(), name="use_redemption", POST="api.rewards.redeem"
    ),
    API.route(
        "redemptions/<uuid:redemption_id>/cancel",
        reward_views.CancelView.as_view(),
        name="cancel_redemption",
        POST="api.rewards.redeem",
    ),
    API.route(
        "referrals",
        referral_views.ReferralsView.as_view(),
        name="referrals",
        GET="api.referrals.read",
        POST="api.referrals.write",
    ),
    API.route("kpis", kpi_views.KpisView.as_view(), name="kpis", GET="api.kpis.read"),
    API.route("program", views.ProgramView.as_view(), name="program", GET="api.program.read"),
    public(path("schema/", views.SchemaView.as_view(), name="schema")),
    public(path("docs/", views.docs, name="docs")),
]
