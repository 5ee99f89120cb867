"""`create_tenant SLUG --name N --currency EUR --owner MAIL`: a new shop with the default programme."""

from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from programs.shops import OpenedShop, open_shop
from team.models import ApiKey
from team.services import issue_api_key, new_pin, register_device, set_pin
from tenants.errors import DomainError
from tenants.models import Tenant, User
from tenants.public_site import public_url
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope


class Command(BaseCommand):
    help = "Open a shop: tenant, owner, first store and the default programme."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the shop's part of the host name, e.g. morgenrot")
        parser.add_argument("--name", required=True)
        parser.add_argument("--currency", required=True, help="e.g. EUR; it cannot be changed later")
        parser.add_argument("--owner", required=True, metavar="MAIL", help="who may do everything in this shop")
        parser.add_argument("--owner-name", default="")
        parser.add_argument("--time-zone", default="Europe/Berlin")
        parser.add_argument("--country", default="DE")
        parser.add_argument("--language", default="de")
        parser.add_argument(
            "--trade", default=Tenant.Trade.CAFE.value, choices=Tenant.Trade.values, help="decides what it starts with"
        )
        parser.add_argument(
            "--address", default="", choices=Tenant.Address.values, help="how customers are addressed; else by trade"
        )

    def handle(self, **options: Any) -> None:
        try:
            shop = open_shop(
                slug=options["slug"],
                name=options["name"],
                currency=options["currency"].upper(),
                owner_email=options["owner"],
                owner_name=options["owner_name"],
                country=options["country"].upper(),
                time_zone=options["time_zone"],
                language=options["language"],
                trade=options["trade"],
                address=options["address"],
                now=timezone.now(),
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(shop.tenant.url)
        if shop.owner_is_new:
            text = _("%(email)s chooses a password here: %(link)s")
            self.stdout.write(text % {"email": shop.owner.email, "link": _password_link(shop.owner)})
        else:
            self.stdout.write(_("%(email)s signs in with the password as before.") % {"email": shop.owner.email})
        for line in _first_credentials(shop):
            self.stdout.write(line)


def _first_credentials(shop: OpenedShop) -> list[str]:
    """What a till and an API client need to start; each is shown this once."""
    pin = new_pin()
    with tenant_scope(shop.tenant):
        set_pin(member=shop.owner_member, pin=pin, actor=SYSTEM)
        _device, code = register_device(store=shop.store, name=_("Till 1"), actor=SYSTEM, now=timezone.now())
        _key, text = issue_api_key(name=_("First key"), scopes=ApiKey.Scope.values, actor=SYSTEM)
    return [
        _("Checkout: %(url)s, device code %(code)s, PIN %(pin)s")
        % {"url": f"{shop.tenant.url}/checkout/", "code": code, "pin": pin},
        _("API key: %(key)s") % {"key": text},
    ]


def _password_link(user: User) -> str:
    """The link that a forgotten password would bring by e-mail."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    path = reverse("account_reset_password_from_key", urlconf=settings.PUBLIC_URLCONF, kwargs=key)
    return public_url(path)
