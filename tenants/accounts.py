"""How the team signs in on the bare domain: allauth, told what this product wants."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from tenants.models import User
from tenants.secrets import derived_key
from tenants.tasks import send_account_mail

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """By the form for it, in no other way that allauth may learn."""
        return request.path == reverse("account_signup")

    def get_from_email(self) -> str:
        return settings.DEFAULT_FROM_EMAIL

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Written now, in the reader's language, and sent by a worker: known and unknown addresses take the same time.

        Links lead to our own host, whatever the request said that it was.
        """
        context = {name: _on_our_host(value) for name, value in context.items()}
        message = self.render_mail(template_prefix, email, context | {"product_name": settings.PRODUCT_NAME})
        send_account_mail.delay_on_commit(message.subject, message.body, email)

    def format_email_subject(self, subject: str) -> str:
        return subject

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Who has a second factor confirms with it: a password alone must not add or remove one."""
        methods = super().get_reauthentication_methods(user)
        return [method for method in methods if method["id"] != "reauthenticate"] or methods


class MFAAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors encrypted: a copy of the database is not enough to use them."""

    def get_totp_issuer(self) -> str:
        return settings.PRODUCT_NAME

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": settings.BASE_DOMAIN.partition(":")[0], "name": settings.PRODUCT_NAME}

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def has_second_factor(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS).exists()


def second_factor_at(request: HttpRequest) -> int | None:
    """When the signed-in user last showed a second factor in this session, in seconds since 1970."""
    records = get_authentication_records(request, request.user)
    shown = [record["at"] for record in records if record["method"] == "mfa"]
    return int(max(shown)) if shown else None


def remember_new_factor(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Who has just set up a second factor has shown it."""
    if authenticator.type in SECOND_FACTORS:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


def listen() -> None:
    authenticator_added.connect(remember_new_factor, dispatch_uid="tenants.accounts")


def _on_our_host(value: Any) -> Any:
    if not (isinstance(value, str) and value.startswith(("http://", "https://"))):
        return value
    return urlsplit(value)._replace(scheme=settings.PUBLIC_SCHEME, netloc=settings.BASE_DOMAIN).geturl()


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(derived_key("second-factor", key)) for key in keys])
