"""Errors of the domain, told apart by a stable code; API and browser turn them into their own words."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _


class TenantNotSet(RuntimeError):
    """A programming error: tenant-owned data was touched outside a scope."""


class CrossTenant(RuntimeError):
    """A programming error: one tenant's scope was opened inside another's."""


class DomainError(Exception):
    """A refusal that the person or machine asking can understand.

    `code` is stable and part of the API, `status` its HTTP status, `field` names the input at fault, if one is.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    message: Any = _("This is not possible.")

    def __init__(self, message: Any = None, *, field: str | None = None, **facts: Any) -> None:
        self.message = message or self.message
        self.field = field
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class Invalid(DomainError):
    """A value that can never be accepted."""

    code = "invalid"
    status = 422
    message = _("Please check this value.")


class Busy(DomainError):
    """Somebody else holds what this needs; the same again may succeed."""

    code = "busy"
    status = 503
    message = _("Somebody else is changing the same account right now. Please try again.")


class ShopClosed(DomainError):
    """Nothing new begins in a shop that its owner has closed."""

    code = "shop_closed"
    message = _("This shop is closed.")


class NotFound(DomainError):
    """Nothing of that name exists in this tenant."""

    code = "not_found"
    status = 404
    message = _("Not found.")
