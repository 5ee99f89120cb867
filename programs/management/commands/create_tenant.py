"""`create_tenant SLUG --name N --currency EUR --owner MAIL`: a new shop with the default programme."""

from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from programs.shops import open_shop
from tenants.errors import DomainError
from tenants.models import Tenant, User


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
            "--address", default="du", choices=Tenant.Address.values, help="how customers are addressed"
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


def _password_link(user: User) -> str:
    """The link that a forgotten password would bring by e-mail."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    path = reverse("account_reset_password_from_key", urlconf=settings.PUBLIC_URLCONF, kwargs=key)
    return f"{settings.PUBLIC_SCHEME}://{settings.BASE_DOMAIN}{path}"
