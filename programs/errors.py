"""Refusals around purchases."""

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError, Invalid, NotFound


class AlreadyVoided(DomainError):
    code = "already_voided"
    message = _("This purchase has already been voided.")


class AlreadyReturned(DomainError):
    code = "already_returned"
    message = _("Nothing of this purchase is left to return.")


class MoreThanIsLeft(DomainError):
    """`facts` hold what is left: an amount in minor units, or the quantity of a line as text."""

    code = "more_than_is_left"
    message = _("So much of this purchase is not left to return.")


class ApprovalRequired(DomainError):
    """`facts["limit"]` is how many points one person may adjust alone."""

    code = "approval_required"
    message = _("So many points need the approval of a second person. Adjust them in the back office.")


class OwnRequest(DomainError):
    code = "own_request"
    message = _("Somebody else has to approve what you have asked for.")


class AlreadyDecided(DomainError):
    code = "already_decided"
    message = _("Somebody has already decided on this.")


class ReceiptAlreadyRecorded(DomainError):
    """`facts["purchase"]` is the public id of the purchase that has this receipt number."""

    code = "receipt_already_recorded"
    message = _("A purchase with this receipt number is already recorded.")


class UnknownReceipt(DomainError):
    code = "unknown_receipt"
    message = _(
        "No sale with this receipt is known. Check what was typed; it may take a while until a receipt arrives here."
    )


class AlreadyClaimed(DomainError):
    code = "already_claimed"
    message = _("This receipt has already been credited.")


class ReceiptTooOld(DomainError):
    code = "receipt_too_old"
    message = _("This receipt is too old to be credited here. The team in the shop can help.")


class ForeignCurrency(Invalid):
    code = "foreign_currency"
    message = _("This shop does not use this currency.")


class OwnAccount(DomainError):
    code = "own_account"
    message = _("Points for your own account are booked by somebody else of the team.")


class TooManyBookings(DomainError):
    """More bookings in a day than a till is used for."""

    code = "too_many_bookings"
    message = _("There are too many bookings today.")


class UnknownStampCard(NotFound):
    code = "unknown_stamp_card"
    message = _("There is no such stamp card.")


class CardNotFull(DomainError):
    """`facts["missing"]` is how many stamps are."""

    code = "card_not_full"
    message = _("This card is not full yet.")


class ProgramChanged(DomainError):
    code = "program_changed"
    message = _(
        "Somebody has changed the programme meanwhile. Nothing is published yet: compare what you typed with the"
        " programme as it is now, then publish again."
    )


class DraftChanged(DomainError):
    code = "draft_changed"
    message = _("Somebody else has changed the draft meanwhile. Nothing of yours is saved yet.")


class SlugTaken(DomainError):
    code = "slug_taken"
    message = _("There is already a shop under this name.")
