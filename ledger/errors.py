"""Refusals of the ledger."""

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError


class InsufficientPoints(DomainError):
    """`facts` hold `balance` and `points`, so that a till can say what is missing."""

    code = "insufficient_points"
    message = _("There are not enough points.")


class AlreadyReversed(DomainError):
    code = "already_reversed"
    message = _("These points have already been taken back.")


class AccountClosed(DomainError):
    code = "account_closed"
    message = _("This customer has been erased or joined with another one.")


class IdempotencyKeyReused(DomainError):
    code = "idempotency_key_reused"
    status = 422
    message = _("This idempotency key was used for another request.")
