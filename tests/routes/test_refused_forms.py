"""Every form that can be sent, sent wrongly: what was typed stays, and each error stands where people look for it.

The forms are found by asking every route that takes a POST; a new one is in by being there.
"""

import itertools
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from programs.models import TierTerms
from programs.terms import _terms
from tenants.roles import capabilities_of
from tenants.routes import PUBLIC
from tests.clients import signed_in
from tests.factories import PASSWORD, make_user, publish_legal_texts
from tests.routes.reading import Page, plain
from tests.routes.world import DOMAINS, SITE, Caller, Domain, World, path_of

pytestmark = pytest.mark.django_db
NO_CHOICE, NO_VALUE = "none-of-these", "none of these "

# What comes before a form that is the second of two steps.
BEFORE: dict[str, Callable[[World, Client], Any]] = {
    "portal:code": lambda world, client: client.post("/sign-in/", {"email": "jana@example.org"}),
    "portal:email_code": lambda world, client: client.post("/profile/email/", {"email": "neu@example.org"}),
    "portal:delete_code": lambda world, client: client.post("/privacy/delete/", {"sure": "on"}),
    "public:mfa_authenticate": lambda world, client: client.post(
        "/accounts/login/", {"login": "app@example.org", "password": PASSWORD}
    ),
    # The address of the mailed link leads to one that the browser's history may keep.
    "public:account_reset_password_from_key": lambda world, client: client.get(
        path_of("accounts/^password/reset/key/(?P<uidb36>x)-(?P<key>y)/$", world.ids["own"])
    ),
}
# What the button of a form says, where a page has several.
BUTTON_OF = {"public:account_email": {"action_add": ""}}

# Nobody types there: each is a button, or a page of the bare domain that takes no answer.
BUTTONS = {
    "backoffice:approve_adjustment",
    "backoffice:approve_referral",
    "backoffice:cancel_voucher",
    "backoffice:check_in_guest",
    "backoffice:choose_review",
    "backoffice:close_store",
    "backoffice:decide_scoring",
    "backoffice:delete_tag",
    "backoffice:discard_draft",
    "backoffice:discard_import",
    "backoffice:discard_referral_offer",
    "backoffice:disconnect_device",
    "backoffice:drop_goal",
    "backoffice:drop_note",
    "backoffice:drop_tag",
    "backoffice:end_given_tier",
    "backoffice:end_referral_offer",
    "backoffice:end_reward",
    "backoffice:hand_out_copy",
    "backoffice:legal_samples",
    "backoffice:move_reward",
    "backoffice:publish_referral_offer",
    "backoffice:publish_reward",
    "backoffice:start_rewards",
    "backoffice:lose_card",
    "backoffice:merge",
    "backoffice:new_card",
    "backoffice:refuse_adjustment",
    "backoffice:refuse_referral",
    "backoffice:remove_member",
    "backoffice:remove_offer",
    "backoffice:preview_message",
    "backoffice:renew_device_code",
    "backoffice:reopen_shop",
    "backoffice:resend_invitation",
    "backoffice:remove_stamp_card",
    "backoffice:reset_message",
    "backoffice:retry",
    "backoffice:revoke_invitation",
    "backoffice:revoke_key",
    "backoffice:settle_feedback",
    "backoffice:run_job",
    "backoffice:sign_out",
    "backoffice:start_import",
    "backoffice:stop_import",
    "backoffice:switch_message",
    "backoffice:switch_offer",
    "backoffice:thank_for_review",
    "backoffice:unblock_customer",
    "backoffice:undo_check_in",
    "backoffice:unshare_review",
    "backoffice:undo_import",
    "backoffice:withdraw_consent",
    "checkout:lock",
    "checkout:void",
    "portal:cancel_voucher",
    "portal:choose_thanks",
    "portal:confirm",
    "portal:consent",
    "portal:decline_feedback",
    "portal:email_again",
    "portal:invitation_shared",
    "portal:language",
    "portal:redeem",
    "portal:scoring",
    "portal:sign_out",
    "portal:goodbye",
    "portal:unsubscribe",
    "portal:welcome",
    "portal:why_unsubscribed",
    "portal:why_withdrawn",
    "public:accessibility",
    "public:account_confirm_email",
    "public:account_confirm_login_code",
    "public:account_email_verification_sent",
    "public:account_inactive",
    "public:account_logout",
    "public:account_reset_password_done",
    "public:account_reset_password_from_key_done",
    "public:home",
    "public:imprint",
    "public:mfa_download_recovery_codes",
    "public:mfa_index",
    "public:mfa_list_webauthn",
    "public:mfa_remove_webauthn",
    "public:mfa_view_recovery_codes",
    "public:privacy",
    "public:processing",
    "public:terms",
}
# Forms that are no page's, and why.
OTHERWISE = {
    "backoffice:check_invitation FriendsCodeForm": "a line under the code, whatever is typed there so far",
    "backoffice:customers_export FilterForm": "the list's filters come with the address; what is none is left out",
    "backoffice:handed_out_export HandedOutForm": "day and store come with the address; what is none is not found",
    "backoffice:referrals_export PeriodForm": "first and last day come with the address; what is none is not found",
    "backoffice:save_step PointsForm": "what has to change on the page while it is filled in; the errors alone",
    "backoffice:try_referral_offer OfferForm": "a preview beside the form, of whatever is filled in so far",
    "backoffice:try_reward RewardForm": "a preview beside the form, of whatever is filled in so far",
    "checkout:camera CameraForm": "two buttons, on and off",
    "checkout:check_invitation FriendsCodeForm": "a line under the code, whatever is typed there so far",
    "checkout:redeem RedeemForm": "a button",
    "checkout:stamp StampForm": "a button for each number of stamps",
    "checkout:void_redemption VoidForm": "a button for each reason",
    "checkout:void_stamps VoidForm": "a button for each reason",
    "public:account_reset_password_from_key UserTokenForm": "the library reads the mailed link with it",
}


class Place(NamedTuple):
    """Where a form is sent, how, and by whom."""

    name: str
    method: str
    path: str
    client: Callable[[], Client]


@pytest.fixture
def filled(monkeypatch: pytest.MonkeyPatch) -> list[forms.BaseForm]:
    """The forms that requests have filled in, in order."""
    filled: list[forms.BaseForm] = []
    begin = forms.BaseForm.__init__

    def recording(form: forms.BaseForm, *args: Any, **kwargs: Any) -> None:
        begin(form, *args, **kwargs)
        if form.is_bound:
            filled.append(form)

    monkeypatch.setattr(forms.BaseForm, "__init__", recording)
    return filled


@pytest.mark.parametrize("domain", DOMAINS, ids=["shop", "site"])
def test_a_form_that_is_refused_keeps_what_was_typed_and_names_every_error(
    world: World, filled: list[forms.BaseForm], domain: Domain
) -> None:
    with world.shop.scope():
        publish_legal_texts()
        # With a discount the till asks on which side of it the amount is.
        TierTerms.objects.update(discount_percent=5)
        _terms.cache_clear()
    faults = []
    for name, places in _places(domain, world):
        place, found = _first_with_a_form(world, filled, places)
        if place is None and places[0].method == "POST" and name not in BUTTONS:
            faults.append(f"{name}: takes a POST without a form")
        for form in found:
            if f"{name} {type(form).__name__}" not in OTHERWISE:
                faults += [f"{name}, {type(form).__name__}: {fault}" for fault in _faults(world, filled, place, form)]
    assert faults == [], "\n".join(faults)


def _places(domain: Domain, world: World) -> Iterator[tuple[str, list[Place]]]:
    callers = [*domain.callers(world), *(_users_of_the_library() if domain is SITE else ())]
    for (pattern, methods), method in itertools.product(domain.methods.items(), ("POST", "GET")):
        surface = domain.surface(pattern)
        if method not in methods or surface == "api":
            continue
        wanted = methods[method]
        fitting = [caller for caller in callers if wanted == PUBLIC or wanted in caller.holds.get(surface, ())]
        name = f"{surface}:{domain.routes[pattern].name or pattern}"
        path = path_of(pattern, world.ids["own"])
        # Forms that are sent by GET search; whoever is first may.
        asking = fitting if method == "POST" else fitting[:1]
        yield name, [Place(name, method, path, caller.client) for caller in asking]


def _users_of_the_library() -> Iterator[Caller]:
    """Whose account is in a state that has forms of its own."""
    with_app, without_password = make_user("app@example.org"), make_user()
    TOTP.activate(with_app, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(with_app)
    without_password.set_unusable_password()
    without_password.save()
    holds = {"public": capabilities_of("user")}
    yield Caller("user with an app", lambda: signed_in(with_app), holds)
    yield Caller("user without a password", lambda: signed_in(without_password), holds)


def _first_with_a_form(
    world: World, filled: list[forms.BaseForm], places: list[Place]
) -> tuple[Any, list[forms.BaseForm]]:
    """Whoever finds a form to be filled in, and which; without those that are hidden, which scripts fill in."""
    for place in places:
        _send(world, filled, place, {})
        if filled:
            kinds = {type(form): form for form in filled}.values()
            return place, [form for form in kinds if not all(one.widget.is_hidden for one in form.fields.values())]
    return None, []


def _send(world: World, filled: list[forms.BaseForm], place: Place, data: dict[str, Any]) -> HttpResponse:
    """As if nothing had been sent before."""
    with transaction.atomic():
        client, path = place.client(), place.path
        before = BEFORE.get(place.name)
        answer = before(world, client) if before else None
        if answer is not None and answer.headers.get("Location", "").endswith("-set-password/"):
            path = answer.headers["Location"]
        filled.clear()
        token = {"csrfmiddlewaretoken": str(uuid.uuid4())}
        send = client.post if place.method == "POST" else client.get
        # Where no cookie is set, the browser says from which page a form comes.
        origin = f"http://{client.defaults['HTTP_HOST']}"
        response = send(path, token | data | BUTTON_OF.get(place.name, {}), headers={"Origin": origin})
        transaction.set_rollback(True)
    return response  # type: ignore[return-value]


def _faults(world: World, filled: list[forms.BaseForm], place: Place, blank: forms.BaseForm) -> Iterator[str]:
    refusals = 0
    for fill in (_wrongly, _half):
        with world.shop.scope():
            data = fill(blank)
        page = Page(_send(world, filled, place, data))
        form = next((form for form in reversed(filled) if type(form) is type(blank) and form.errors), None)
        if form is None:
            continue
        refusals += 1
        yield from page.faults_of(form)
        for bound in form:
            typed = data.get(bound.html_name, NO_CHOICE)
            forgotten = bound.is_hidden or isinstance(bound.field.widget, forms.PasswordInput | forms.FileInput)
            if typed != NO_CHOICE and not forgotten and plain(typed) not in page.holds(bound):
                yield f"{bound.name}: {typed[:20]!r} is lost"
    if not refusals and blank.fields:
        yield "nothing is refused"


def _wrongly(form: forms.BaseForm) -> dict[str, Any]:
    """Every field is too long, of the wrong kind or from no list."""
    return {form.add_prefix(name): _wrong_value(form, name) for name in form.fields}


def _half(form: forms.BaseForm) -> dict[str, Any]:
    """What is required is missing, everything else is filled in."""
    names = [name for name, one in form.fields.items() if one.widget.is_hidden or not one.required]
    values = {form.add_prefix(name): _right_value(form, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _wrong_value(form: forms.BaseForm, name: str) -> Any:
    field = form.fields[name]
    if field.widget.is_hidden or isinstance(field, forms.FileField | forms.BooleanField):
        return _right_value(form, name) or ""
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        return NO_CHOICE
    if type(field) is forms.CharField and not field.max_length:
        return "" if field.required else "Text"
    return NO_VALUE * (getattr(field, "max_length", None) or 1)


def _right_value(form: forms.BaseForm, name: str) -> Any:
    field = form.fields[name]
    if isinstance(field, forms.UUIDField):
        return str(uuid.uuid4())
    if field.widget.is_hidden:
        return form.get_initial_for_field(field, name)
    if isinstance(field, forms.BooleanField):
        return "on"
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        choices: Any = field.choices
        values = [value for value, _ in choices]
        return next((str(value) for value in reversed(values) if value not in ("", None)), None)
    if type(field) is forms.CharField:
        return "Text"[: field.max_length]
    return None
