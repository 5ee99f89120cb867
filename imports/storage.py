"""Uploaded files lie in the database, in pieces: web and workers reach them there, and row security guards them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

from django.utils.translation import gettext as _

from imports.errors import BadFile
from imports.models import FilePart, Import
from tenants.models import Tenant
from tenants.scope import tenant_scope

PART: Final = 1 << 20
# Enough rows to show and to find out how dates and amounts are written.
BEGINNING: Final = 1 << 16


def keep_file(source: Import, file: IO[bytes]) -> None:
    file.seek(0)
    number = 0
    while content := file.read(PART):
        FilePart.objects.create(source=source, number=number, content=content)
        number += 1


def forget_file(import_id: int) -> None:
    """Also what is kept of single people in it."""
    FilePart.objects.filter(source=import_id).delete()
    Import.objects.filter(pk=import_id).update(sample=[])


def beginning_of_file(source: Import) -> bytes:
    """Raises BadFile where it is gone."""
    content = FilePart.objects.filter(source=source, number=0).values_list("content", flat=True).first()
    if content is None:
        raise gone()
    return bytes(content[:BEGINNING])


@contextmanager
def kept_file(tenant: Tenant, import_id: int) -> Iterator[IO[bytes]]:
    """The file, in a temporary one without a name. Raises BadFile where it is gone."""
    with tempfile.TemporaryFile() as file:
        number = 0
        while True:
            with tenant_scope(tenant):
                parts = FilePart.objects.filter(source=import_id, number=number)
                content = parts.values_list("content", flat=True).first()
            if content is None:
                break
            file.write(content)
            number += 1
        if not number:
            raise gone()
        yield file


def gone() -> BadFile:
    return BadFile(_("The file is no longer kept here. Upload it again."))
