"""Step three and four: what a check found, how far an import is, what came of it, and taking it back."""

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.views.imports.files import acted
from backoffice.views.imports.wording import WORDS, standing, steps, things
from backoffice.wording import actor_name
from imports.models import Import
from imports.queries import (
    first_refusals,
    has_file,
    import_by_id,
    imports,
    is_abandoned,
    kept_refusals,
    percent,
)
from imports.report import refused_rows
from imports.services import start_import, stop_import, undo_import, wake
from imports.undoing import plan_of
from team.queries import names_of_actors
from tenants.csv import csv_response
from tenants.pages import page_of, seq_in

ROWS = 50
SHOWN_REFUSALS = 20


def listing(request: MemberRequest) -> HttpResponse:
    before = seq_in(request.GET.get("before", ""))
    rows = imports()
    page = page_of(rows.filter(pk__lt=before) if before else rows, size=ROWS)
    names = names_of_actors({source.actor for source in page.rows})
    listed = [
        {
            "source": source,
            "url": reverse("backoffice:import", args=[source.pk]),
            "words": WORDS[source.kind],
            "standing": standing(source),
            "who": actor_name(source.actor, names),
        }
        for source in page.rows
    ]
    return show(
        request,
        "backoffice/imports/list.html",
        rows=listed,
        can_write=request.actor.may("imports.write"),
        first_url=request.path if before else None,
        next_url=f"{request.path}?before={page.last.pk}" if page.last else None,
    )


def page(request: MemberRequest, import_id: int) -> HttpResponse:
    source = import_by_id(import_id)
    if source.step == Import.Step.COLUMNS and request.actor.may("imports.write"):
        return redirect("backoffice:import_columns", import_id)
    context = _progress(source)
    if not source.is_running:
        context |= {
            "refusals": first_refusals(source, SHOWN_REFUSALS),
            "kept_refusals": kept_refusals(source),
            "has_file": has_file(source),
            "things": things(source.kind, source.recorded),
        }
    return show(
        request,
        "backoffice/imports/import.html",
        **context,
        steps=steps(source.step, at=3 if source.step in (Import.Step.COLUMNS, Import.Step.CHECK) else 4),
        standing=standing(source),
        words=WORDS[source.kind],
        who=actor_name(source.actor, names_of_actors({source.actor})),
        can_write=request.actor.may("imports.write"),
    )


def progress(request: MemberRequest, import_id: int) -> HttpResponse:
    """What a page that watches asks for every second; at the end it shows itself anew."""
    source = import_by_id(import_id)
    if is_abandoned(source):
        wake(source)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("backoffice:import", import_id)
    if not source.is_running:
        return HttpResponseClientRefresh()
    return render(request, "backoffice/imports/_progress.html", _progress(source))


def start(request: MemberRequest, import_id: int) -> HttpResponse:
    here = ("backoffice:import", import_id)
    source = import_by_id(import_id)
    return acted(request, lambda: start_import(source=source, actor=request.actor), to=here, otherwise=here)


def stop(request: MemberRequest, import_id: int) -> HttpResponse:
    here = ("backoffice:import", import_id)
    source = import_by_id(import_id)
    return acted(request, lambda: stop_import(source=source, actor=request.actor), to=here, otherwise=here)


def undo(request: MemberRequest, import_id: int) -> HttpResponse:
    """Says first what it will do, and what it cannot."""
    here = ("backoffice:import", import_id)
    source = import_by_id(import_id)
    if request.method == "POST":
        return acted(request, lambda: undo_import(source=source, actor=request.actor), to=here, otherwise=here)
    if source.is_running or source.step not in (Import.Step.IMPORT, Import.Step.UNDO) or source.undone_at:
        return redirect(*here)
    return show(request, "backoffice/imports/undo.html", source=source, plan=plan_of(source))


def refused(request: MemberRequest, import_id: int) -> HttpResponseBase:
    """The refused rows as a file that can be corrected and uploaded again."""
    source = import_by_id(import_id)
    if not kept_refusals(source):
        messages.warning(request, _("The refused rows are no longer kept."))
        return redirect("backoffice:import", import_id)
    return csv_response(f"{_('refused')}-{source.kind}-{source.pk}.csv", refused_rows(source))


def _progress(source: Import) -> dict[str, object]:
    return {"source": source, "percent": percent(source), "phase": Import.Phase(source.phase).label}
