"""Goods that a customer brings back, and receipts from when the card was forgotten."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.pages import show
from customers.queries import customer_by
from ledger import queries as ledger
from programs.claiming import claim_purchase
from programs.forms import ClaimForm, ReturnForm
from programs.queries import points_name, purchase_by_id
from programs.remains import remains_of
from programs.terms import terms_at
from tenants.errors import NotFound


def return_goods_view(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """First what comes back, then what that takes, and only then the booking."""
    purchase = purchase_by_id(public_id)
    if purchase.customer is None:
        raise NotFound
    now, remains = timezone.now(), remains_of(purchase)
    form = ReturnForm(request.POST or None, remains=remains)
    if "confirmed" in request.POST and form.carried_out(
        lambda: form.book(purchase, surface="desk", actor=request.actor, now=now)
    ):
        messages.success(request, _("The return is booked."))
        return redirect("backoffice:customer_purchases", purchase.customer.public_id)
    asks = bool(request.POST) and not {"confirmed", "back"} & request.POST.keys()
    shown = asks and form.carried_out(lambda: form.preview(purchase, actor=request.actor, now=now))
    context = {
        "customer": purchase.customer,
        "purchase": purchase,
        "remains": remains,
        "balance": ledger.figures(ledger.account_of(purchase.customer), now=now).balance,
        "form": form,
        "preview": form.result if shown else None,
    }
    return show(request, "backoffice/customer_return.html", **context)


def claim(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person = customer_by(id=str(public_id))
    form = ClaimForm(request.POST or None)
    now = timezone.now()
    if form.carried_out(lambda: claim_purchase(customer=person, **form.cleaned_data, actor=request.actor, now=now)):
        points = points_name(terms_at(now)).counted(form.result.earning.points)
        messages.success(request, _("%(points)s credited.") % {"points": points})
        return redirect("backoffice:customer_purchases", person.public_id)
    return show(request, "backoffice/customer_claim.html", customer=person, form=form)
