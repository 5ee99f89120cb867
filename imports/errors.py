"""Refusals of whole files and of what somebody wants to do with them; a bad row is refused by itself."""

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError, Invalid, NotFound


class BadFile(Invalid):
    """This file cannot be read as what it should be; nothing of it was taken over."""

    code = "bad_file"


class FileTooLarge(DomainError):
    code = "file_too_large"
    status = 413
    message = _("The file is too large.")


class UnknownImport(NotFound):
    code = "unknown_import"


class NotPossibleNow(DomainError):
    """The import has moved on meanwhile: somebody else was faster, or it was pressed twice."""

    code = "not_possible_now"
    message = _("This import has moved on in the meantime.")
