"""A receipt from when the card was forgotten: the customer credits it afterwards, by number, amount and day."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.access import CustomerRequest
from portal.forms import ReceiptForm
from portal.pages import show
from programs.claiming import CLAIM_DAYS, claim_purchase
from programs.queries import points_name
from programs.services import Award
from programs.terms import terms_at
from tenants.requests import client_address
from tenants.scope import current_tenant
from tenants.throttle import Limit

# Nobody finds out receipts by trying.
_tries: Final = Limit("receipt-customer", times=10, seconds=86_400)
_tries_per_network: Final = Limit("receipt-network", times=100, seconds=86_400)


def receipt(request: CustomerRequest) -> HttpResponse:
    form = ReceiptForm(request.POST or None)

    def claim() -> Award:
        _tries.hit(current_tenant().pk, request.customer.pk)
        _tries_per_network.hit(current_tenant().pk, client_address(request))
        return claim_purchase(
            customer=request.customer,
            **form.cleaned_data,
            at_most_days=CLAIM_DAYS,
            actor=request.actor,
            now=timezone.now(),
        )

    if form.carried_out(claim):
        points = points_name(terms_at(timezone.now())).counted(form.result.earning.points)
        messages.success(request, _("%(points)s credited.") % {"points": points})
        return redirect("portal:history")
    return show(request, "portal/receipt.html", form=form, days=CLAIM_DAYS)
