"""Refusals around purchases."""

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError, Invalid


class AlreadyVoided(DomainError):
    code = "already_voided"
    message = _("This purchase has already been voided.")


class ReceiptAlreadyRecorded(DomainError):
    """`facts["purchase"]` is the public id of the purchase that has this receipt number."""

    code = "receipt_already_recorded"
    message = _("A purchase with this receipt number is already recorded.")


class ForeignCurrency(Invalid):
    code = "foreign_currency"
    message = _("This shop does not use this currency.")


class SlugTaken(DomainError):
    code = "slug_taken"
    message = _("There is already a shop under this name.")
