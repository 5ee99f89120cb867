"""Refusals around customers."""

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError, Invalid, NotFound


class UnknownCustomer(NotFound):
    code = "unknown_customer"
    message = _("No customer was found.")


class CustomerExists(DomainError):
    """Somebody with this e-mail, phone or external id is already enrolled; `facts["customer"]` is their public id."""

    code = "customer_exists"
    message = _("A customer with this value is already enrolled.")


class CustomerBlocked(DomainError):
    code = "customer_blocked"
    message = _("This customer is blocked.")


class WrongSignInCode(DomainError):
    code = "wrong_sign_in_code"
    message = _("This code is not right or no longer valid.")


class TooManyRows(DomainError):
    code = "too_many_rows"
    message = _("This list is too long for one file.")


class NotYourNote(DomainError):
    code = "not_your_note"
    message = _("Only who wrote a note can delete it.")


class SameCustomer(Invalid):
    code = "same_customer"
    message = _("This is the same customer.")


class LinkOver(NotFound):
    """A mailed link that was replaced by a newer one, that has expired, or that never was."""

    code = "link_over"
    message = _("This link is no longer valid.")


class NoAddress(DomainError):
    code = "no_address"
    message = _("Please first say where you can be reached.")


class UnknownConsent(NotFound):
    code = "unknown_consent"
    message = _("This link is not complete.")


class NotJoinable(DomainError):
    """Customers cannot enrol themselves: the shop has no terms in force yet, or has closed."""

    code = "not_joinable"
    message = _("Enrolment is not open at the moment.")
