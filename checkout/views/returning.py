"""What the customer who stands here has bought: giving goods back, and receipts from when the card was forgotten."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.access import TillRequest
from checkout.pages import show, strip_of
from customers.look_ups import count_look_up
from customers.queries import customer_by
from ledger import queries as ledger
from programs.claiming import claim_purchase
from programs.forms import ClaimForm, ReturnForm
from programs.queries import points_name, purchase_by_id, purchases_of
from programs.remains import remains_of
from programs.services import Award
from programs.statement import deficit_text
from programs.terms import terms_at
from tenants.errors import NotFound
from tenants.money import money_text
from tenants.scope import current_tenant

LATEST = 20


def customer_purchases(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    customer = customer_by(id=str(public_id))
    form = ClaimForm(request.POST or None)

    def claim() -> Award:
        count_look_up(actor=request.actor)
        return claim_purchase(
            customer=customer,
            receipt_number=form.cleaned_data["receipt_number"],
            total=form.cleaned_data["total"],
            store=request.device.store,
            actor=request.actor,
            now=timezone.now(),
        )

    if form.carried_out(claim):
        name = points_name(terms_at(timezone.now()))
        messages.success(request, _("%(points)s credited.") % {"points": name.counted(form.result.earning.points)})
        return redirect("checkout:customer_purchases", customer.public_id)
    rows = list(purchases_of(customer)[:LATEST])
    context = {"rows": rows, **strip_of(customer, now=timezone.now())}
    return show(request, "checkout/customer_purchases.html", form=form, **context)


def return_goods_view(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    """First what comes back, then what that takes, and only then the booking."""
    purchase = purchase_by_id(public_id)
    if purchase.customer is None:
        raise NotFound
    now = timezone.now()
    remains = remains_of(purchase)
    form = ReturnForm(request.POST or None, remains=remains)
    if "confirmed" in request.POST and form.carried_out(
        lambda: form.book(purchase, surface="till", actor=request.actor, now=now)
    ):
        name = points_name(terms_at(now))
        done = form.result
        said = _("Return %(amount)s is booked: %(points)s taken back.") % {
            "amount": money_text(done["total"], currency=current_tenant().currency),
            "points": name.counted(done["points"]),
        }
        messages.success(request, f"{said} {deficit_text(done['deficit'], name)}" if done["deficit"] else said)
        return redirect("checkout:customer_purchases", purchase.customer.public_id)
    asks = bool(request.POST) and not {"confirmed", "back"} & request.POST.keys()
    shown = asks and form.carried_out(lambda: form.preview(purchase, actor=request.actor, now=now))
    context = {
        "purchase": purchase,
        "customer": purchase.customer,
        "remains": remains,
        "balance": ledger.figures(ledger.account_of(purchase.customer), now=now).balance,
        "preview": form.result if shown else None,
    }
    return show(request, "checkout/return.html", form=form, **context)
