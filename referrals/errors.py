"""Refusals around referrals."""

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError, NotFound


class UnknownOffer(NotFound):
    code = "unknown_referral_offer"
    message = _("There is no such offer.")


class OfferIsPublished(DomainError):
    code = "referral_offer_published"
    message = _("What is published changes no more. End it, and publish another one.")


class OfferEnded(DomainError):
    code = "referral_offer_ended"
    message = _("This offer has ended.")


class UnknownReferral(NotFound):
    code = "unknown_referral"
    message = _("There is no such referral.")


class UnknownInvitation(NotFound):
    code = "unknown_invitation"
    message = _("This code is not known.")


class InvitationOver(DomainError):
    """The shop invites nobody at the moment, or this campaign has ended."""

    code = "invitation_over"
    message = _("This invitation is not valid any more.")


class OwnInvitation(DomainError):
    code = "own_invitation"
    message = _("Nobody can invite themselves.")


class ExistingCustomer(DomainError):
    """Invitations are for new customers."""

    code = "existing_customer"
    message = _("An invitation is for new customers only.")


class InvitationsUsedUp(DomainError):
    """As many friends as the offer allows have come."""

    code = "invitations_used_up"
    message = _("This invitation has been used as often as it can be.")


class NotHeld(DomainError):
    code = "referral_not_held"
    message = _("This has been decided already.")


class NothingToChoose(DomainError):
    code = "nothing_to_choose"
    message = _("There is nothing to choose any more.")
