"""Refusals around the team, its stores, devices and keys."""

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


class StoreCodeTaken(DomainError):
    code = "store_code_taken"
    message = _("There is already a store with this code.")


class StoreInUse(DomainError):
    code = "store_in_use"
    message = _("Devices still belong to this store. Move or disconnect them first.")


class LastStore(DomainError):
    code = "last_store"
    message = _("A shop needs at least one store.")


class LastOwner(DomainError):
    code = "last_owner"
    message = _("A shop needs at least one owner.")


class OwnersOnly(DomainError):
    """Managers look after the team, but not after owners."""

    code = "owners_only"
    status = 403
    message = _("Only owners may do this.")


class AlreadyInTeam(DomainError):
    code = "already_in_team"
    message = _("Somebody with this e-mail address is in the team already.")


class AlreadyInvited(DomainError):
    code = "already_invited"
    message = _("This address is invited already.")


class InvitationRefused(DomainError):
    """The link is too old, was used, was taken back, or belongs to another address."""

    code = "invitation_refused"
    status = 403
    message = _("This invitation is no longer valid.")
