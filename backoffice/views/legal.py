"""Imprint, privacy, terms, accessibility: who runs the shop, and what customers can rely on."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.forms import BusinessDetailsForm, LegalTextForm
from backoffice.pages import show
from legal.errors import DetailsMissing
from legal.models import BusinessDetails, LegalText
from legal.queries import business_details, texts_in_force, versions_of
from legal.rendering import as_html
from legal.samples import SAMPLES, sample_of
from legal.services import publish_samples, publish_text, state_business_details

VERSIONS = 20


def texts(request: MemberRequest) -> HttpResponse:
    details = business_details()
    form = BusinessDetailsForm(request.POST or None, initial=_values(details))
    if request.method == "POST" and form.carried_out(
        lambda: state_business_details(**form.cleaned_data, actor=request.actor)
    ):
        messages.success(request, _("The details are saved."))
        return redirect("backoffice:legal")
    in_force = texts_in_force(language=request.tenant.language)
    rows = [{"kind": kind, "label": label, "text": in_force.get(kind)} for kind, label in LegalText.Kind.choices]
    return show(
        request,
        "backoffice/legal.html",
        form=form,
        details=details,
        rows=rows,
        missing=len(rows) - len(in_force),
        sample=SAMPLES,
    )


def publish_all(request: MemberRequest) -> HttpResponse:
    """The quick way: everything that is missing, from our samples."""
    try:
        published = publish_samples(language=request.tenant.language, actor=request.actor, now=timezone.now())
    except DetailsMissing as refusal:
        messages.warning(request, str(refusal))
    else:
        if published:
            messages.success(request, _("The texts are published. Please have them checked."))
    return redirect("backoffice:legal")


def text(request: MemberRequest, kind: str) -> HttpResponse:
    """Write the next version; it begins with the one in force, or with our sample."""
    if kind not in LegalText.Kind.values:
        raise Http404
    details = business_details()
    if details is None:
        messages.warning(request, str(DetailsMissing.message))
        return redirect("backoffice:legal")
    language = request.tenant.language
    versions = list(versions_of(kind, language=language)[:VERSIONS])
    sample = sample_of(kind, language=language, details=details)
    form = LegalTextForm(request.POST or None, initial={"body": versions[0].body if versions else sample})
    if request.method == "POST" and form.carried_out(
        lambda: publish_text(
            kind=kind,
            language=language,
            body=form.cleaned_data["body"],
            template=SAMPLES if form.cleaned_data["body"].strip() == sample else "",
            actor=request.actor,
            now=timezone.now(),
        )
    ):
        messages.success(request, _("The text is published. The earlier version is kept."))
        return redirect("backoffice:legal")
    return show(
        request,
        "backoffice/legal_text.html",
        form=form,
        kind=kind,
        heading=LegalText.Kind(kind).label,
        versions=versions,
        preview=as_html(str(form["body"].value() or "")),
    )


def version(request: MemberRequest, kind: str, number: int) -> HttpResponse:
    """A version as it was published."""
    found = versions_of(kind, language=request.tenant.language).filter(version=number).first()
    if found is None:
        raise Http404
    return show(
        request,
        "backoffice/legal_version.html",
        text=found,
        heading=LegalText.Kind(kind).label,
        html=as_html(found.body),
    )


def _values(details: BusinessDetails | None) -> dict[str, Any]:
    fields = BusinessDetailsForm.base_fields
    return {field: getattr(details, field) for field in fields} if details else {}
