"""Which state shows which page, so that none is without one."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, URLResolver, get_resolver, resolve

from tenants.routes import PUBLIC

# By the name of the route; its other states need not stand here.
SHOWN_BY = {
    "account_change_password": "public-password-change",
    "account_confirm_email": "public-confirm",
    "account_email": "public-email",
    "account_email_verification_sent": "public-sign-up-sent",
    "account_inactive": "public-account-inactive",
    "account_login": "public-sign-in",
    "account_reauthenticate": "public-confirm-with-password",
    "account_reset_password": "public-password-reset",
    "account_reset_password_done": "public-password-reset-sent",
    "account_reset_password_from_key": "public-password-new",
    "account_reset_password_from_key_done": "public-password-new-done",
    "account_set_password": "public-password-set",
    "account_signup": "public-sign-up",
    "backoffice:account": "backoffice-account",
    "backoffice:add_stamp_card": "backoffice-stamp-card-new",
    "backoffice:add_reward": "backoffice-reward-new",
    "backoffice:add_referral_offer": "backoffice-referral-offer-new",
    "backoffice:adjust": "backoffice-customer-adjust",
    "backoffice:give_tier": "backoffice-customer-tier",
    "backoffice:appearance": "backoffice-appearance",
    "backoffice:approvals": "backoffice-approvals",
    "backoffice:audit": "backoffice-audit",
    "backoffice:block_customer": "backoffice-customer-block",
    "backoffice:change_referral_offer": "backoffice-referral-offer-change",
    "backoffice:change_reward": "backoffice-reward-change",
    "backoffice:claim": "backoffice-customer-claim",
    "backoffice:close_shop": "backoffice-close-shop",
    "backoffice:customer": "backoffice-customer",
    "backoffice:customer_history": "backoffice-customer-history",
    "backoffice:customer_messages": "backoffice-customer-messages",
    "backoffice:message_text": "backoffice-message-text",
    "backoffice:messages": "backoffice-messages",
    "backoffice:customer_purchases": "backoffice-customer-purchases",
    "backoffice:customer_referrals": "backoffice-customer-referrals",
    "backoffice:customer_stamps": "backoffice-customer-stamps",
    "backoffice:customer_vouchers": "backoffice-customer-vouchers",
    "backoffice:customers": "backoffice-customers",
    "backoffice:device": "backoffice-device",
    "backoffice:edit_customer": "backoffice-customer-edit",
    "backoffice:enrol_customer": "backoffice-customer-new",
    "backoffice:erase_customer": "backoffice-customer-erase",
    "backoffice:handed_out": "backoffice-handed-out",
    "backoffice:feedback": "backoffice-feedback",
    "backoffice:feedback_response": "backoffice-feedback-response",
    "backoffice:finding": "backoffice-finding",
    "backoffice:findings": "backoffice-findings",
    "backoffice:friends": "backoffice-friends",
    "backoffice:home": "backoffice-start",
    "backoffice:import": "backoffice-import-done",
    "backoffice:import_columns": "backoffice-import-columns",
    "backoffice:imports": "backoffice-imports",
    "backoffice:keys": "backoffice-keys",
    "backoffice:legal": "backoffice-legal",
    "backoffice:legal_text": "backoffice-legal-text",
    "backoffice:legal_version": "backoffice-legal-version",
    "backoffice:liability": "backoffice-liability",
    "backoffice:member": "backoffice-member",
    "backoffice:merge": "backoffice-customer-merge",
    "backoffice:merge_pick": "backoffice-customer-merge-pick",
    "backoffice:operations": "error-no-access",
    "backoffice:add_offer": "backoffice-programme-offer-new",
    "backoffice:offer": "backoffice-programme-offer",
    "backoffice:programme": "backoffice-programme",
    "backoffice:programme_step": "backoffice-programme-points",
    "backoffice:referral_offer": "backoffice-referral-offer",
    "backoffice:referral_report": "backoffice-referral-report",
    "backoffice:referrals": "backoffice-referrals",
    "backoffice:reports": "backoffice-reports",
    "backoffice:return_goods": "backoffice-customer-return",
    "backoffice:reward": "backoffice-reward",
    "backoffice:rewards": "backoffice-rewards",
    "backoffice:signed_out": "backoffice-signed-out",
    "backoffice:stamp_card": "backoffice-stamp-card",
    "backoffice:store": "backoffice-store",
    "backoffice:stores": "backoffice-stores",
    "backoffice:tag": "backoffice-tag",
    "backoffice:tags": "backoffice-tags",
    "backoffice:team": "backoffice-team",
    "backoffice:undo_import": "backoffice-import-undo",
    "backoffice:upload": "backoffice-import-upload",
    "backoffice:welcome": "backoffice-customer-welcome",
    "checkout:amount": "checkout-amount",
    "checkout:bind": "checkout-bind",
    "checkout:customer_purchases": "checkout-purchases",
    "checkout:done": "checkout-done",
    "checkout:find": "checkout-find",
    "checkout:new_customer": "checkout-new-customer",
    "checkout:redeemed": "checkout-redeemed",
    "checkout:redemptions": "checkout-redemptions",
    "checkout:return_goods": "checkout-return",
    "checkout:reward": "checkout-reward",
    "checkout:rewards": "checkout-rewards",
    "checkout:sign_on": "checkout-sign-on",
    "checkout:stamped": "checkout-stamped",
    "checkout:today": "checkout-day",
    "checkout:voucher": "checkout-voucher",
    "checkout:welcome": "checkout-welcome",
    "mfa_activate_totp": "public-second-factor-app",
    "mfa_add_webauthn": "public-passkey-add",
    "mfa_authenticate": "public-second-step",
    "mfa_deactivate_totp": "public-second-factor-app-removal",
    "mfa_edit_webauthn": "public-passkey-rename",
    "mfa_generate_recovery_codes": "public-recovery-codes-new",
    "mfa_index": "public-second-factor-all",
    "mfa_list_webauthn": "public-passkeys",
    "mfa_reauthenticate": "public-confirm-with-code",
    "mfa_reauthenticate_webauthn": "public-confirm-with-passkey",
    "mfa_remove_webauthn": "public-passkey-removal",
    "mfa_view_recovery_codes": "public-recovery-codes",
    "portal:agree": "portal-agree",
    "portal:card": "portal-card",
    "portal:code": "portal-code",
    "portal:confirm": "portal-confirm",
    "portal:consents": "portal-consents",
    "portal:delete": "portal-delete",
    "portal:delete_code": "portal-delete-code",
    "portal:email": "portal-email",
    "portal:email_code": "portal-email-code",
    "portal:feedback": "portal-feedback",
    "portal:opinions": "portal-opinions",
    "portal:feedback_link": "portal-feedback-link",
    "portal:goodbye": "portal-goodbye",
    "portal:history": "portal-history",
    "portal:home": "portal-home",
    "portal:invite": "portal-invite",
    "portal:invited": "portal-invited",
    "portal:join": "portal-join",
    "portal:legal": "portal-legal",
    "portal:offline": "portal-card-offline",
    "portal:poster": "portal-poster",
    "portal:privacy": "portal-privacy",
    "portal:profile": "portal-profile",
    "portal:program": "portal-program",
    "portal:receipt": "portal-receipt",
    "portal:redeem": "portal-redeem",
    "portal:reward": "portal-reward",
    "portal:rewards": "portal-rewards",
    "portal:sign_in": "portal-sign-in",
    "portal:stamps": "portal-stamps",
    "portal:unsubscribe": "portal-unsubscribe",
    "portal:voucher": "portal-voucher",
    "portal:vouchers": "portal-vouchers",
    "portal:welcome": "portal-welcome",
    "public:accessibility": "public-accessibility",
    "public:account": "public-account",
    "public:home": "public-home",
    "public:imprint": "public-imprint",
    "public:invitation": "public-invitation",
    "public:open_shop": "public-open-shop",
    "public:privacy": "public-privacy",
    "public:processing": "public-processing",
    "public:second_factor": "public-second-factor-wanted",
    "public:shops": "public-shops",
    "public:terms": "public-terms",
}
# Routes that answer with something else than a page of their own.
NO_PAGES = {
    "": "signing out of all shops, which leads on",
    "account_confirm_login_code": "not in use: nobody signs in by mail",
    "account_logout": "the library's own, behind ours",
    "api": "for machines",
    "backoffice:brand_preview": "a style sheet",
    "backoffice:cohorts_export": "a file",
    "backoffice:course_export": "a file",
    "backoffice:check_domain": "a word for the one who issues certificates",
    "backoffice:enter": "leads on",
    "backoffice:guests_export": "a file",
    "backoffice:handed_out_export": "a file",
    "backoffice:import_progress": "a fragment of the page of an import",
    "backoffice:liability_export": "a file",
    "backoffice:referral_cards": "a file",
    "backoffice:referrals_export": "a file",
    "backoffice:refused_rows": "a file",
    "backoffice:reports_export": "a file",
    "backoffice:rewards_export": "a file",
    "backoffice:welcome_state": "a fragment of the welcome page",
    "checkout:preview": "a fragment under the amount",
    "checkout:welcome_state": "a fragment of the welcome page",
    "mfa_download_recovery_codes": "a file",
    "mfa_login_webauthn": "for scripts",
    "portal:brand_styles": "a style sheet",
    "portal:export_csv": "a file",
    "portal:export_json": "a file",
    "portal:icon": "a picture",
    "portal:invitation_voucher": "a file",
    "portal:large_logo": "a picture",
    "portal:large_reward_photo": "a picture",
    "portal:logo": "a picture",
    "portal:manifest": "for browsers",
    "portal:reward_photo": "a picture",
    "portal:voucher_state": "a word for the script on the voucher",
    "portal:shown_code": "a code for the script on the card",
    "portal:worker": "a script",
    "public:address": "a fragment beside the form",
    "public:enter": "leads on",
}


def page_at(url: str) -> str:
    """The name of the route at an address; empty where the address is none of ours."""
    address = urlsplit(url)
    urlconf = settings.PUBLIC_URLCONF if address.netloc == settings.BASE_DOMAIN else settings.ROOT_URLCONF
    try:
        return resolve(address.path, urlconf=urlconf).view_name
    except Resolver404:
        return ""


def asked_by_get() -> set[str]:
    """The names of all routes that a browser can go to."""
    return {
        name
        for urlconf in (settings.ROOT_URLCONF, settings.PUBLIC_URLCONF)
        for name, view in _named_views(get_resolver(urlconf).url_patterns, "")
        if view.capabilities == PUBLIC or "GET" in view.capabilities
    }


def _named_views(patterns: list[Any], space: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _named_views(pattern.url_patterns, pattern.namespace or space)
        elif space == "api":
            yield space, pattern.callback
        else:
            yield f"{space}:{pattern.name}" if space else pattern.name or "", pattern.callback
