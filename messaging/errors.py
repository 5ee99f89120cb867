"""Why a message's text cannot be saved or a mail did not leave."""

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError


class AlwaysSent(DomainError):
    code = "always_sent"
    message = _("This message cannot be switched off: customers rely on it.")


class NotTaken(RuntimeError):
    """The mail server did not take a mail for now; says how, but not in its words: they name people."""
