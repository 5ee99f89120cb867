"""The refused rows as a file that can be corrected and uploaded again."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice

from django.utils.translation import gettext as _

from imports.lease import Lease
from imports.models import Import, RefusedRow
from imports.table import Record, Table
from tenants import bulk
from tenants.models import Tenant
from tenants.scope import tenant_scope

SLICE = 2_000


def keep_originals(*, tenant: Tenant, table: Table, lease: Lease) -> None:
    """Put the rows of the file beside the reasons for which they were refused. Raises LeaseLost."""
    with tenant_scope(tenant):
        lines = dict(RefusedRow.objects.filter(source=lease.import_id).values_list("line", "pk"))
        lease.renew(phase=Import.Phase.REPORTING, done=0, total=len(lines))
    found = ((record, lines[record.line]) for record, _at in table.records() if record.line in lines)
    wanted = islice(found, len(lines))
    done = 0
    while portion := list(islice(wanted, SLICE)):
        done += len(portion)
        with tenant_scope(tenant):
            bulk.update(RefusedRow, ("fields",), ((pk, _as_json(record)) for record, pk in portion))
            lease.renew(done=done)


def refused_rows(source: Import) -> Iterator[Sequence[str | int]]:
    """The file's own columns, and behind them the line and the reason."""
    width = len(source.header)
    yield [*source.header, _("Line"), _("Reason")]
    rows = RefusedRow.objects.filter(source=source).order_by("line", "pk")
    for fields, line, reason in rows.values_list("fields", "line", "reason").iterator(chunk_size=SLICE):
        shown = (fields or [])[:width]
        yield [*shown, *[""] * (width - len(shown)), line, reason]


def _as_json(record: Record) -> str:
    return json.dumps([record.text] if record.fields is None else record.fields)
