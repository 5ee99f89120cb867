"""How the team signs in on the bare domain."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come by invitation or with a new shop, never by themselves."""
        return False

    def get_from_email(self) -> str:
        return settings.DEFAULT_FROM_EMAIL
