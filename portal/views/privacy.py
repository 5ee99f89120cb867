"""What is stored and what the customer decides about it: advertising, scoring, a copy of everything, the end."""

import io
import json
import zipfile

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customers.consents import choices_of, give, withdraw
from customers.erasing import erase_own_account, request_erasure_code
from customers.export import Section, sections_of
from customers.models import Consent, Via
from customers.scoring import object_to_scoring
from ledger.queries import account_of, figures
from portal.access import CustomerRequest, sign_out
from portal.forms import CodeForm, ConfirmForm
from portal.pages import show
from portal.views.sign_in import cleared
from tenants.csv import BOM, csv_lines
from tenants.errors import DomainError, NotFound


def consents(request: CustomerRequest) -> HttpResponse:
    choices = choices_of(request.customer, language=get_language() or "")
    return show(request, "portal/consents.html", choices=choices)


def consent(request: CustomerRequest, channel: str) -> HttpResponse:
    """Give or withdraw, at once."""
    if channel not in Consent.Channel.values:
        raise NotFound
    customer, actor, now = request.customer, request.actor, timezone.now()
    if request.POST.get("decision") == "give":
        try:
            given = give(
                customer=customer, channel=channel, language=get_language() or "", via=Via.PORTAL, actor=actor, now=now
            )
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            waiting = given.confirmed_at is None
            messages.success(
                request, _("Please follow the link in the mail.") if waiting else _("Thank you. The consent is given.")
            )
    elif request.POST.get("decision") == "withdraw":
        withdraw(customer=customer, channel=channel, via=Via.PORTAL, actor=actor, now=now)
        messages.success(request, _("The consent is withdrawn."))
    return redirect("portal:consents")


def privacy(request: CustomerRequest) -> HttpResponse:
    return show(request, "portal/privacy.html", customer=request.customer)


def scoring(request: CustomerRequest) -> HttpResponse:
    """The one switch for figures such as churn and value."""
    objects = request.POST.get("scoring") == "off"
    object_to_scoring(customer=request.customer, objects=objects, actor=request.actor, now=timezone.now())
    messages.success(request, _("Your choice is saved."))
    return redirect("portal:privacy")


def export_json(request: CustomerRequest) -> HttpResponse:
    data = {section.name: section.rows for section in sections_of(request.customer)}
    text = json.dumps(data, ensure_ascii=False, indent=2)
    return _download(text.encode(), f"{request.tenant.slug}.json", "application/json")


def export_csv(request: CustomerRequest) -> HttpResponse:
    """One table for each kind of thing, in one archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        for section in sections_of(request.customer):
            files.writestr(f"{section.name}.csv", BOM + "".join(csv_lines(_table(section))))
    return _download(archive.getvalue(), f"{request.tenant.slug}.zip", "application/zip")


def delete(request: CustomerRequest) -> HttpResponse:
    """What goes, what stays and why; then a fresh code."""
    customer = request.customer
    form = ConfirmForm(request.POST or None)
    if customer.email and form.carried_out(lambda: request_erasure_code(customer=customer)):
        return redirect("portal:delete_code")
    if not customer.email and form.carried_out(lambda: _erase(request, "")):
        return _gone(request)
    held = figures(account_of(customer), now=timezone.now())
    total = max(held.balance + held.pending, 0)
    return show(request, "portal/delete.html", form=form, customer=customer, total=total)


def delete_code(request: CustomerRequest) -> HttpResponse:
    customer = request.customer
    if not customer.email:
        return redirect("portal:delete")
    form = CodeForm(request.POST or None)
    if form.carried_out(lambda: _erase(request, form.cleaned_data["code"])):
        return _gone(request)
    return show(request, "portal/delete_code.html", form=form, customer=customer)


def _erase(request: CustomerRequest, code: str) -> None:
    erase_own_account(customer=request.customer, code=code, actor=request.actor, now=timezone.now())


def _gone(request: CustomerRequest) -> HttpResponse:
    sign_out(request)
    return cleared(redirect("portal:goodbye"))


def _table(section: Section) -> list[list[str | int | None]]:
    columns = list(dict.fromkeys(column for row in section.rows for column in row))
    return [[*columns], *([_cell(row.get(column)) for column in columns] for row in section.rows)] if columns else []


def _cell(value: object) -> str | int | None:
    return value if value is None or (isinstance(value, int) and not isinstance(value, bool)) else str(value)


def _download(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response
