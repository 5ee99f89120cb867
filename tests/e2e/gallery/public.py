"""The bare domain: what the product is, and the team's way in."""

from dataclasses import dataclass
from functools import cache

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.utils import timezone

from team.membership import invitation_token
from team.models import Invitation
from tenants.models import User
from tests.e2e import people
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.factories import make_invitation, make_passkey


@dataclass(frozen=True)
class Guarded:
    """People with second factors: all of them, a passkey only, and a change of address that waits."""

    everything: User
    passkey_only: User
    changing: User
    without_password: User


@cache
def guarded(exhibition: Exhibition) -> Guarded:
    slug = exhibition.house.shop.tenant.slug
    everything, passkey_only, changing, without = (
        people.signed_up(f"{name}@{slug}.example") for name in ("alles", "passkey", "wechsel", "ohne")
    )
    people.authenticator_app(everything)
    for user, names in ((everything, ("Notebook", "Handy")), (passkey_only, ("Notebook",))):
        for name in names:
            make_passkey(user, name=name)
    EmailAddress.objects.create(user=changing, email=f"neu-{changing.email}", verified=False, primary=False)
    without.set_unusable_password()
    without.save()
    return Guarded(everything, passkey_only, changing, without)


def as_user(visit: Visit, user: User) -> None:
    visit.carry(people.signed_in_user(user), at=f"http://{settings.BASE_DOMAIN}")


def as_stranger(visit: Visit) -> None:
    as_user(visit, visit.exhibition.stranger)


def as_guarded(visit: Visit) -> None:
    as_user(visit, guarded(visit.exhibition).everything)


@state
def public_home(visit: Visit) -> None:
    visit.public("/")


@state
def public_sign_in(visit: Visit) -> None:
    visit.public("/accounts/login/")


@state
def public_sign_in_refused(visit: Visit) -> None:
    visit.public("/accounts/login/")
    visit.fill(login="wrong@example.org", password="wrong")
    visit.refused()


@state
def public_sign_out(visit: Visit) -> None:
    visit.carry(visit.exhibition.user, at=f"http://{settings.BASE_DOMAIN}")
    visit.public("/accounts/logout/")


@state
def public_password_reset(visit: Visit) -> None:
    visit.public("/accounts/password/reset/")


@state
def public_password_reset_sent(visit: Visit) -> None:
    visit.public("/accounts/password/reset/done/")


@state
def public_password_new(visit: Visit) -> None:
    user = people.signed_up(f"neu{timezone.now():%H%M%S%f}@example.org")
    visit.public(f"/accounts/password/reset/key/{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}/")


@state
def public_password_new_refused(visit: Visit) -> None:
    public_password_new(visit)
    visit.fill(password1="kurz", password2="kurz")
    visit.refused()


@state
def public_password_new_done(visit: Visit) -> None:
    visit.public("/accounts/password/reset/key/done/")


@state
def public_password_new_over(visit: Visit) -> None:
    visit.public("/accounts/password/reset/key/1-zu-alt/")


@state
def public_shops(visit: Visit) -> None:
    visit.carry(visit.exhibition.user, at=f"http://{settings.BASE_DOMAIN}")
    visit.public("/shops/")


@state
def public_shops_none(visit: Visit) -> None:
    visit.carry(people.signed_in_user(visit.exhibition.stranger), at=f"http://{settings.BASE_DOMAIN}")
    visit.public("/shops/")


@state
def public_invitation(visit: Visit) -> None:
    with visit.house.shop.scope():
        invitation = Invitation.objects.filter(email="neu@example.org").first() or make_invitation(now=timezone.now())
        token = invitation_token(invitation)
    visit.public(f"/invitations/{token}/")


@state
def public_invitation_refused(visit: Visit) -> None:
    public_invitation(visit)
    visit.fill(password="kurz")
    visit.refused()


@state
def public_invitation_over(visit: Visit) -> None:
    visit.public("/invitations/zu-alt/")


@state
def public_sign_up(visit: Visit) -> None:
    visit.public("/accounts/signup/")


@state
def public_sign_up_refused(visit: Visit) -> None:
    visit.public("/accounts/signup/")
    visit.fill(email="keine Adresse", password1="kurz")
    visit.refused()


@state
def public_sign_up_sent(visit: Visit) -> None:
    visit.public("/accounts/confirm-email/")


@state
def public_confirm(visit: Visit) -> None:
    waiting = EmailAddress.objects.get(user=guarded(visit.exhibition).changing, verified=False)
    visit.public(f"/accounts/confirm-email/{EmailConfirmationHMAC(waiting).key}/")


@state
def public_confirm_too_old(visit: Visit) -> None:
    visit.public("/accounts/confirm-email/nothing/")


@state
def public_open_shop(visit: Visit) -> None:
    as_stranger(visit)
    visit.public("/open/")


@state
def public_open_shop_suggests(visit: Visit) -> None:
    public_open_shop(visit)
    visit.page.get_by_label("Name Ihres Geschäfts").press_sequentially("Friseur Löwenzahn")
    visit.page.get_by_text("ist frei").wait_for()


@state
def public_open_shop_refused(visit: Visit) -> None:
    public_open_shop(visit)
    visit.fill(name="Zweite Galerie", slug="galerie")
    visit.refused()


@state
def public_imprint(visit: Visit) -> None:
    visit.public("/imprint/")


@state
def public_privacy(visit: Visit) -> None:
    visit.public("/privacy/")


@state
def public_terms(visit: Visit) -> None:
    visit.public("/terms/")


@state
def public_processing(visit: Visit) -> None:
    visit.public("/processing/")


@state
def public_accessibility(visit: Visit) -> None:
    visit.public("/accessibility/")


@state
def public_account(visit: Visit) -> None:
    as_guarded(visit)
    visit.public("/account/")


@state
def public_account_new(visit: Visit) -> None:
    as_stranger(visit)
    visit.public("/account/")


@state
def public_account_inactive(visit: Visit) -> None:
    visit.public("/accounts/inactive/")


@state
def public_email(visit: Visit) -> None:
    as_stranger(visit)
    visit.public("/accounts/email/")


@state
def public_email_waiting(visit: Visit) -> None:
    as_user(visit, guarded(visit.exhibition).changing)
    visit.public("/accounts/email/")


@state
def public_email_refused(visit: Visit) -> None:
    public_email(visit)
    visit.fill(email="keine Adresse")
    visit.refused()


@state
def public_password_change(visit: Visit) -> None:
    as_stranger(visit)
    visit.public("/accounts/password/change/")


@state
def public_password_change_refused(visit: Visit) -> None:
    public_password_change(visit)
    visit.fill(oldpassword="falsch", password1="kurz", password2="anders")
    visit.refused()


@state
def public_password_set(visit: Visit) -> None:
    as_user(visit, guarded(visit.exhibition).without_password)
    visit.public("/accounts/password/set/")


@state
def public_second_factor_none(visit: Visit) -> None:
    as_stranger(visit)
    visit.public("/accounts/2fa/")


@state
def public_second_factor_all(visit: Visit) -> None:
    as_guarded(visit)
    visit.public("/accounts/2fa/")


@state
def public_second_factor_wanted(visit: Visit) -> None:
    as_user(visit, visit.house.owner)
    visit.public(f"/second-factor/?shop={visit.house.shop.tenant.slug}&page=/backoffice/account/")


@state
def public_second_factor_app(visit: Visit) -> None:
    as_stranger(visit)
    visit.public("/accounts/2fa/totp/activate/")


@state
def public_second_factor_app_refused(visit: Visit) -> None:
    public_second_factor_app(visit)
    visit.fill(code="000000")
    visit.refused()


@state
def public_second_factor_app_removal(visit: Visit) -> None:
    as_guarded(visit)
    visit.public("/accounts/2fa/totp/deactivate/")


@state
def public_recovery_codes(visit: Visit) -> None:
    as_guarded(visit)
    visit.public("/accounts/2fa/recovery-codes/")


@state
def public_recovery_codes_new(visit: Visit) -> None:
    as_guarded(visit)
    visit.public("/accounts/2fa/recovery-codes/generate/")


@state
def public_passkeys(visit: Visit) -> None:
    as_guarded(visit)
    visit.public("/accounts/2fa/webauthn/")


@state
def public_passkeys_none(visit: Visit) -> None:
    as_stranger(visit)
    visit.public("/accounts/2fa/webauthn/")


@state
def public_passkey_add(visit: Visit) -> None:
    as_stranger(visit)
    visit.public("/accounts/2fa/webauthn/add/")


@state
def public_passkey_rename(visit: Visit) -> None:
    public_passkeys(visit)
    visit.page.get_by_role("link", name="Umbenennen").first.click()


@state
def public_passkey_removal(visit: Visit) -> None:
    public_passkeys(visit)
    visit.page.get_by_role("link", name="Entfernen").first.click()


@state
def public_confirm_with_password(visit: Visit) -> None:
    as_stranger(visit)
    visit.public("/accounts/reauthenticate/?next=/account/")


@state
def public_confirm_with_code(visit: Visit) -> None:
    as_guarded(visit)
    visit.public("/accounts/2fa/reauthenticate/?next=/account/")


@state
def public_confirm_with_code_refused(visit: Visit) -> None:
    public_confirm_with_code(visit)
    visit.fill(code="000000")
    visit.refused()


@state
def public_confirm_with_passkey(visit: Visit) -> None:
    as_user(visit, guarded(visit.exhibition).passkey_only)
    visit.public("/accounts/2fa/webauthn/reauthenticate/?next=/account/")


@state
def public_second_step(visit: Visit) -> None:
    user = guarded(visit.exhibition).everything
    visit.public("/accounts/login/")
    visit.fill(login=user.email, password=people.PASSWORD)
    visit.page.wait_for_url("**/2fa/authenticate/")
