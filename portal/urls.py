"""URLs of the portal, at the root of a shop's host."""

from django.urls import path

from portal import brand
from portal.access import PORTAL
from portal.legal import legal
from portal.views import (
    account,
    feedback,
    install,
    invited,
    inviting,
    joining,
    leaving,
    privacy,
    profile,
    receipts,
    rewards,
    sign_in,
    vouchers,
)
from tenants.routes import public

app_name = "portal"
urlpatterns = [
    # Files of the shop's look: the same for everybody, so they may be kept.
    public(path("brand/<slug:name>.css", brand.styles, name="brand_styles")),
    public(path("brand/<slug:name>.png", brand.logo, name="logo")),
    public(path("brand/large/<slug:name>.png", brand.large_logo, name="large_logo")),
    public(path("icon-<str:size>.png", install.icon, name="icon")),
    public(path("rewards/photo/<slug:name>.webp", brand.reward_photo, name="reward_photo")),
    public(path("rewards/photo/large/<slug:name>.webp", brand.large_reward_photo, name="large_reward_photo")),
    PORTAL.route("legal/<str:kind>/", legal, name="legal", GET="public"),
    # What a customer comes for.
    PORTAL.route("", account.home, name="home", GET="portal.use"),
    PORTAL.route("card/", account.card, name="card", GET="portal.use"),
    PORTAL.route("card/offline/", install.offline, name="offline", GET="portal.use"),
    PORTAL.route("card/code/", account.shown_code, name="shown_code", GET="portal.use"),
    PORTAL.route("rewards/", rewards.rewards, name="rewards", GET="portal.use"),
    PORTAL.route("rewards/<uuid:public_id>/", rewards.reward, name="reward", GET="portal.use"),
    PORTAL.route(
        "rewards/<uuid:public_id>/redeem/", rewards.redeem, name="redeem", GET="portal.use", POST="portal.use"
    ),
    PORTAL.route("vouchers/", vouchers.vouchers, name="vouchers", GET="portal.use"),
    PORTAL.route("vouchers/<uuid:public_id>/", vouchers.voucher, name="voucher", GET="portal.use"),
    PORTAL.route("vouchers/<uuid:public_id>/state/", vouchers.state, name="voucher_state", GET="portal.use"),
    PORTAL.route("vouchers/<uuid:public_id>/cancel/", vouchers.cancel, name="cancel_voucher", POST="portal.use"),
    PORTAL.route("history/", account.history, name="history", GET="portal.use"),
    PORTAL.route("stamps/<slug:card_code>/", account.stamps, name="stamps", GET="portal.use"),
    PORTAL.route("receipt/", receipts.receipt, name="receipt", GET="portal.use", POST="portal.use"),
    PORTAL.route("feedback/", feedback.feedback, name="feedback", GET="portal.use", POST="portal.use"),
    PORTAL.route("feedback/given/", feedback.opinions, name="opinions", GET="portal.use"),
    PORTAL.route("feedback/later/", feedback.decline, name="decline_feedback", POST="portal.use"),
    PORTAL.route("feedback/<str:token>/", feedback.feedback_link, name="feedback_link", GET="public", POST="public"),
    PORTAL.route("program/", account.program, name="program", GET="portal.use"),
    # Friends who bring friends: what a customer passes on, and the page behind it.
    PORTAL.route("invite/", inviting.invite, name="invite", GET="portal.use"),
    PORTAL.route("invite/voucher.pdf", inviting.voucher, name="invitation_voucher", GET="portal.use"),
    PORTAL.route("invite/shared/", inviting.shared, name="invitation_shared", POST="portal.use"),
    PORTAL.route("invite/thanks/<uuid:public_id>/", inviting.choose, name="choose_thanks", POST="portal.use"),
    PORTAL.route("e/<str:code>/", invited.invited, name="invited", GET="public", POST="public"),
    # Ways in and out.
    PORTAL.route("sign-in/", sign_in.sign_in_page, name="sign_in", GET="public", POST="public"),
    PORTAL.route("sign-in/code/", sign_in.code, name="code", GET="public", POST="public"),
    PORTAL.route("sign-out/", sign_in.sign_out_page, name="sign_out", POST="public"),
    PORTAL.route("welcome/<str:token>/", sign_in.welcome, name="welcome", GET="public", POST="public"),
    PORTAL.route("language/", sign_in.language, name="language", POST="public"),
    # Becoming a customer, and what mails link to.
    PORTAL.route("join/", joining.join_page, name="join", GET="public", POST="public"),
    PORTAL.route("agree/", joining.agree, name="agree", GET="portal.use", POST="portal.use"),
    PORTAL.route("confirm/<str:token>/", joining.confirm, name="confirm", GET="public", POST="public"),
    PORTAL.route("unsubscribe/<str:token>/", joining.unsubscribe, name="unsubscribe", GET="public", POST="public"),
    PORTAL.route("unsubscribe/<str:token>/why/", leaving.why_unsubscribed, name="why_unsubscribed", POST="public"),
    PORTAL.route("goodbye/", leaving.goodbye, name="goodbye", GET="public", POST="public"),
    PORTAL.route("poster/", install.poster, name="poster", GET="public"),
    PORTAL.route("manifest.webmanifest", install.manifest, name="manifest", GET="public"),
    PORTAL.route("worker.js", install.worker, name="worker", GET="public"),
    # The customer's own data.
    PORTAL.route("profile/", profile.profile, name="profile", GET="portal.use", POST="portal.use"),
    PORTAL.route("profile/email/", profile.email, name="email", GET="portal.use", POST="portal.use"),
    PORTAL.route("profile/email/again/", profile.email_again, name="email_again", POST="portal.use"),
    PORTAL.route("profile/email/code/", profile.email_code, name="email_code", GET="portal.use", POST="portal.use"),
    PORTAL.route("consents/", privacy.consents, name="consents", GET="portal.use"),
    PORTAL.route("consents/<str:channel>/", privacy.consent, name="consent", POST="portal.use"),
    PORTAL.route("consents/<str:channel>/why/", leaving.why_withdrawn, name="why_withdrawn", POST="portal.use"),
    PORTAL.route("privacy/", privacy.privacy, name="privacy", GET="portal.use"),
    PORTAL.route("privacy/scoring/", privacy.scoring, name="scoring", POST="portal.use"),
    PORTAL.route("privacy/data.json", privacy.export_json, name="export_json", GET="portal.use"),
    PORTAL.route("privacy/data.zip", privacy.export_csv, name="export_csv", GET="portal.use"),
    PORTAL.route("privacy/delete/", privacy.delete, name="delete", GET="portal.use", POST="portal.use"),
    PORTAL.route("privacy/delete/code/", privacy.delete_code, name="delete_code", GET="portal.use", POST="portal.use"),
]
