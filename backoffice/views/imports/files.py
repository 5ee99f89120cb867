"""Step one and two: the file itself, and what its columns mean."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.once import sent_before
from backoffice.pages import show
from backoffice.views.imports.forms import ColumnsForm, ReadingForm, UploadForm
from backoffice.views.imports.wording import WORDS, steps
from imports.errors import BadFile
from imports.kinds.customers import consent_columns
from imports.models import KEPT_FOR, Import
from imports.queries import Sample, import_by_id, sample_of
from imports.services import choose_columns, discard_import, read_differently, too_large, upload_file
from tenants.errors import DomainError
from tenants.uploads import MOST_BYTES, too_large_to_upload

SHOWN_VALUES = 3


def upload(request: MemberRequest) -> HttpResponse:
    if request.method != "POST":
        return _upload_page(request, UploadForm(initial={"kind": _kind(request)}))
    skipped = too_large_to_upload(request)
    form = UploadForm(request.POST, request.FILES, skipped=skipped)
    if sent_before(request) and not skipped:
        return redirect("backoffice:imports")
    if form.carried_out(lambda: _uploaded(request, form)):
        return redirect("backoffice:import_columns", form.result.pk)
    page = _upload_page(request, form)
    page.status_code = 413 if skipped else 200
    return page


def columns(request: MemberRequest, import_id: int) -> HttpResponse:
    source = import_by_id(import_id)
    if source.step not in (Import.Step.COLUMNS, Import.Step.CHECK) or source.is_running:
        return redirect("backoffice:import", import_id)
    form = ColumnsForm(request.POST or None, source=source)
    if request.method == "POST" and form.carried_out(lambda: _chosen(request, source, form)):
        return redirect("backoffice:import", import_id)
    return _columns_page(request, source, form, ReadingForm.of(source))


def reading(request: MemberRequest, import_id: int) -> HttpResponse:
    source = import_by_id(import_id)
    form = ReadingForm(request.POST)
    if form.carried_out(lambda: _read(source, form)):
        messages.success(request, _("The file is read in this way now."))
        return redirect("backoffice:import_columns", import_id)
    return _columns_page(request, source, ColumnsForm(source=source), form)


def discard(request: MemberRequest, import_id: int) -> HttpResponse:
    return acted(
        request,
        lambda: discard_import(source=import_by_id(import_id), actor=request.actor),
        done=_("The file is discarded. Nothing was taken over."),
        to=("backoffice:imports",),
        otherwise=("backoffice:import", import_id),
    )


def acted(
    request: MemberRequest,
    act: Callable[[], object],
    *,
    to: tuple[Any, ...],
    otherwise: tuple[Any, ...],
    done: str = "",
) -> HttpResponse:
    """Do something by a button; a refusal is told on the page that shows why."""
    try:
        act()
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        messages.warning(request, str(refusal))
        return redirect(*otherwise)
    if done:
        messages.success(request, done)
    return redirect(*to)


def _uploaded(request: MemberRequest, form: UploadForm) -> Import:
    file = form.cleaned_data["file"]
    return upload_file(
        kind=form.cleaned_data["kind"],
        name=file.name,
        file=file.file,
        size=file.size,
        actor=request.actor,
        now=timezone.now(),
    )


def _kind(request: MemberRequest) -> str:
    """Customers come first: all other files name them."""
    kind = request.GET.get("kind", "")
    return kind if kind in WORDS else Import.Kind.CUSTOMERS


def _chosen(request: MemberRequest, source: Import, form: ColumnsForm) -> None:
    choose_columns(
        source=source,
        columns=form.columns,
        date_format=form.cleaned_data.get("date_format", ""),
        decimal_mark=form.cleaned_data.get("decimal_mark", ""),
        actor=request.actor,
        now=timezone.now(),
    )


def _read(source: Import, form: ReadingForm) -> None:
    read_differently(source=source, encoding=form.cleaned_data["encoding"], delimiter=form.chosen_delimiter)


def _upload_page(request: MemberRequest, form: UploadForm) -> HttpResponse:
    chosen = form["kind"].value()
    kinds = [
        {"value": kind.value, "label": kind.label, "words": WORDS[kind.value], "chosen": kind.value == chosen}
        for kind in (Import.Kind(code) for code in WORDS)
    ]
    return show(
        request,
        "backoffice/imports/upload.html",
        form=form,
        kinds=kinds,
        steps=steps(Import.Step.COLUMNS, at=1),
        most_bytes=MOST_BYTES,
        too_large=str(too_large()),
        most_megabytes=MOST_BYTES // 1_000_000,
        days=KEPT_FOR.days,
    )


def _columns_page(request: MemberRequest, source: Import, form: ColumnsForm, reading_form: ReadingForm) -> HttpResponse:
    try:
        sample = sample_of(source)
    except BadFile as gone:
        messages.warning(request, str(gone))
        return redirect("backoffice:imports")
    rows = [{"field": field, "values": _first_values(sample, at)} for at, field in enumerate(form.shown_columns())]
    return show(
        request,
        "backoffice/imports/columns.html",
        source=source,
        form=form,
        reading_form=reading_form,
        rows=rows,
        steps=steps(Import.Step.COLUMNS, at=2),
        consents=consent_columns(source.header) if source.kind == Import.Kind.CUSTOMERS else [],
        words=WORDS[source.kind],
    )


def _first_values(sample: Sample, at: int) -> list[str]:
    values = [value for value in sample.column(at) if value]
    return [value[:60] for value in values[:SHOWN_VALUES]]
