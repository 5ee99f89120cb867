"""Refusals of whole files; a bad row is refused by itself."""

from tenants.errors import Invalid


class BadFile(Invalid):
    """This file cannot be read as what it should be; nothing of it was taken over."""

    code = "bad_file"
