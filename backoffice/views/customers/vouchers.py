"""The vouchers of one customer: what is open, what was redeemed, and giving one back."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.views.customers.person import about
from backoffice.wording import actor_name
from customers.queries import customer_by
from ledger import queries as ledger
from rewards.models import Redemption
from rewards.queries import redemption_by_id, redemptions_of
from rewards.redeeming import cancel_redemption
from rewards.wording import till_text
from team.queries import names_of_actors
from tenants.errors import DomainError
from tenants.pages import page_of, seq_in

ROWS = 30
TONES = {Redemption.State.ISSUED: "ok", Redemption.State.USED: "", Redemption.State.CANCELLED: "warn"}


def vouchers(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person, now = customer_by(id=str(public_id)), timezone.now()
    before = seq_in(request.GET.get("before", ""))
    page = page_of(redemptions_of(person, before=before), size=ROWS)
    names = names_of_actors({row.used_by or row.issued_by for row in page.rows})
    can_cancel = request.actor.may("points.adjust")
    context = about(request, person, ledger.account_of(person), tab="customer_vouchers", now=now) | {
        "rows": [
            {
                "voucher": row,
                "till_text": till_text(row),
                "tone": TONES.get(Redemption.State(row.state), ""),
                "who": actor_name(row.used_by or row.issued_by, names),
                "can_cancel": can_cancel and row.state in (Redemption.State.ISSUED, Redemption.State.USED),
            }
            for row in page.rows
        ],
        "first_url": request.path if before else None,
        "next_url": f"{request.path}?before={page.last.pk}" if page.last else None,
    }
    return show(request, "backoffice/customer_vouchers.html", **context)


def cancel(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """Its points return; what was handed out by mistake is taken back the same way."""
    redemption = redemption_by_id(public_id)
    try:
        cancel_redemption(redemption=redemption, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The voucher is cancelled, its points are back."))
    return redirect("backoffice:customer_vouchers", redemption.customer.public_id)
