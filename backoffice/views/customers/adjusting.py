"""Crediting or taking points by hand: what the balance would be is shown before it is booked, and booked once."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.views.customers.forms import AdjustForm
from customers.models import Customer
from customers.queries import customer_by
from ledger import queries as ledger
from ledger.errors import IdempotencyKeyReused
from ledger.idempotency import Answer, answer_once
from ledger.models import HeldAdjustment
from programs.adjusting import adjustment_limit, is_above
from programs.approving import adjust_or_ask


def adjust(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person = customer_by(id=str(public_id))
    form = AdjustForm(request.POST if request.method == "POST" else None, initial={"key": uuid.uuid4()})
    confirmed = request.method == "POST" and "confirmed" in request.POST
    if confirmed:
        try:
            booked = form.carried_out(lambda: _book_once(request, person, form))
        except IdempotencyKeyReused:
            return redirect("backoffice:adjust", person.public_id)
        if booked:
            if form.result:
                messages.info(request, _("So many points need a second person: somebody else can approve it."))
            else:
                messages.success(request, _("The points are booked."))
            return redirect("backoffice:customer", person.public_id)
    balance = ledger.figures(ledger.account_of(person), now=timezone.now()).balance
    asks = request.method == "POST" and "back" not in request.POST and form.is_valid()
    limit = adjustment_limit()
    context = {
        "customer": person,
        "form": form,
        "balance": balance,
        "limit": limit,
        "needs_approval": asks and is_above(limit, form.cleaned_data["points"], actor=request.actor),
        "new_balance": balance + form.cleaned_data["points"] if asks else None,
        "reason": dict(form.fields["reason"].choices).get(form.cleaned_data["reason"]) if asks else "",  # type: ignore[attr-defined]
    }
    return show(request, "backoffice/customer_adjust.html", **context)


def _book_once(request: MemberRequest, person: Customer, form: AdjustForm) -> bool:
    """However often the button is pressed; whether it waits for somebody else."""
    values = {name: form.cleaned_data[name] for name in ("points", "reason", "note")}
    now = timezone.now()

    def act() -> Answer:
        done = adjust_or_ask(customer=person, **values, actor=request.actor, now=now)
        return Answer(status=201, body={"is_held": isinstance(done, HeldAdjustment)})

    asked = f"adjust {person.pk} {sorted(values.items())}"
    answer = answer_once(key=f"desk:{form.cleaned_data['key']}", asked=asked, now=now, act=act)
    return bool(answer.body.get("is_held"))
