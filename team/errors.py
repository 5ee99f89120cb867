"""Refusals around sign-on, devices and keys."""

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError


class WrongPin(DomainError):
    code = "wrong_pin"
    message = _("This PIN is not right.")


class UnknownBindingCode(DomainError):
    code = "unknown_binding_code"
    message = _("This code is unknown or no longer valid.")


class DomainTaken(DomainError):
    code = "domain_taken"
    message = _("This domain belongs to another shop already.")
