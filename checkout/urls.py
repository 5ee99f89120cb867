"""URLs of the checkout."""

from checkout.access import CHECKOUT
from checkout.views import amount, enrolment, find, redemptions, result, returning, rewards, session, stamps, vouchers

app_name = "checkout"
urlpatterns = [
    CHECKOUT.route("bind/", session.bind, name="bind", GET="public", POST="public"),
    CHECKOUT.route("sign-on/", session.sign_on_view, name="sign_on", GET="till.sign_on", POST="till.sign_on"),
    CHECKOUT.route("lock/", session.lock_view, name="lock", POST="till.use"),
    CHECKOUT.route("camera/", session.camera, name="camera", POST="till.use"),
    CHECKOUT.route("", find.find, name="find", GET="till.use", POST="till.use"),
    CHECKOUT.route("customers/new/", enrolment.new_customer, name="new_customer", GET="till.use", POST="till.use"),
    CHECKOUT.route("customers/new/invitation/", enrolment.check_invitation, name="check_invitation", POST="till.use"),
    CHECKOUT.route("customers/<uuid:public_id>/", amount.amount, name="amount", GET="till.use", POST="till.use"),
    CHECKOUT.route("customers/<uuid:public_id>/preview/", amount.preview_view, name="preview", GET="till.use"),
    CHECKOUT.route("customers/<uuid:public_id>/welcome/", enrolment.welcome, name="welcome", GET="till.use"),
    CHECKOUT.route(
        "customers/<uuid:public_id>/welcome/state/", enrolment.welcome_progress, name="welcome_state", GET="till.use"
    ),
    CHECKOUT.route("customers/<uuid:public_id>/stamps/<slug:card_code>/", stamps.stamp, name="stamp", POST="till.use"),
    CHECKOUT.route(
        "customers/<uuid:public_id>/stamps/<slug:card_code>/redeem/", stamps.redeem, name="redeem", POST="till.use"
    ),
    CHECKOUT.route(
        "customers/<uuid:public_id>/stamps/<slug:card_code>/<int:seq>/", stamps.stamped, name="stamped", GET="till.use"
    ),
    CHECKOUT.route(
        "customers/<uuid:public_id>/stamps/<slug:card_code>/<int:seq>/void/",
        stamps.void,
        name="void_stamps",
        POST="till.use",
    ),
    CHECKOUT.route(
        "customers/<uuid:public_id>/purchases/",
        returning.customer_purchases,
        name="customer_purchases",
        GET="till.use",
        POST="till.use",
    ),
    CHECKOUT.route("customers/<uuid:public_id>/rewards/", rewards.rewards, name="rewards", GET="till.use"),
    CHECKOUT.route(
        "customers/<uuid:public_id>/rewards/<uuid:reward_id>/",
        rewards.reward,
        name="reward",
        GET="till.use",
        POST="till.use",
    ),
    CHECKOUT.route("vouchers/<uuid:public_id>/", vouchers.voucher, name="voucher", GET="till.use", POST="till.use"),
    CHECKOUT.route("redemptions/", redemptions.redemptions, name="redemptions", GET="till.use"),
    CHECKOUT.route("redemptions/<uuid:public_id>/", redemptions.redeemed, name="redeemed", GET="till.use"),
    CHECKOUT.route("redemptions/<uuid:public_id>/void/", redemptions.void, name="void_redemption", POST="till.use"),
    CHECKOUT.route("purchases/", result.today, name="today", GET="till.use"),
    CHECKOUT.route("purchases/<uuid:public_id>/", result.done, name="done", GET="till.use"),
    CHECKOUT.route("purchases/<uuid:public_id>/void/", result.void, name="void", POST="till.use"),
    CHECKOUT.route(
        "purchases/<uuid:public_id>/return/",
        returning.return_goods_view,
        name="return_goods",
        GET="till.use",
        POST="till.use",
    ),
]
