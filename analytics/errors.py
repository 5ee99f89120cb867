"""Why a finding cannot be decided."""

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError


class AlreadyDecided(DomainError):
    code = "already_decided"
    message = _("Somebody has already decided on this.")


class OwnFinding(DomainError):
    code = "own_finding"
    message = _("This is about your own card. Somebody else has to decide.")
