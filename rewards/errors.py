"""Refusals around rewards and vouchers."""

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError, Invalid, NotFound


class UnknownReward(NotFound):
    code = "unknown_reward"
    message = _("There is no such reward.")


class RewardUnavailable(DomainError):
    """`facts["obstacle"]` says why in one word; the message says it in words."""

    code = "reward_unavailable"
    message = _("This reward cannot be redeemed now.")


class BadChoiceOfPoints(Invalid):
    code = "bad_choice_of_points"
    message = _("So many points cannot be redeemed at once.")


class PresenceRequired(DomainError):
    """`facts["limit"]` is up to which value, in minor units, the printed card and a PIN are enough."""

    code = "presence_required"
    message = _("Above this value the customer has to show the code on the phone.")


class WrongShownCode(DomainError):
    code = "wrong_shown_code"
    message = _("This code is over or was shown already. Scan the one that the phone shows now.")


class UnknownVoucher(NotFound):
    code = "unknown_voucher"
    message = _("There is no such voucher.")


class VoucherUsed(DomainError):
    """`facts` hold `used_at` and `till`, where it was."""

    code = "voucher_used"
    message = _("This voucher has already been redeemed.")


class VoucherCancelled(DomainError):
    code = "voucher_cancelled"
    message = _("This voucher was cancelled.")


class VoucherExpired(DomainError):
    code = "voucher_expired"
    message = _("This voucher has expired; its points come back.")


class NotCheckedIn(DomainError):
    code = "not_checked_in"
    message = _("This guest is not ticked off.")


class NotReturnable(DomainError):
    code = "not_returnable"
    message = _("This voucher cannot be given back.")


class RewardEnded(DomainError):
    code = "reward_ended"
    message = _("This reward has ended.")
