"""What was redeemed: what to key into the till, taking it back, and the day's list to lay beside the till's."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.access import TillRequest
from checkout.forms import VoidForm
from checkout.pages import UNDO_FOR, UNDO_TOLERANCE, show, undo_of_redemption, undoable_since
from ledger import queries as ledger
from programs.services import VoidReason
from rewards.errors import VoucherCancelled
from rewards.models import Redemption, Reward
from rewards.queries import handed_out, redemption_by_id, total_of
from rewards.redeeming import cancel_redemption
from rewards.wording import till_text
from team.queries import names_of_actors
from tenants.errors import Invalid, NotFound
from tenants.pages import page_of

# The back office has all of them.
DAY_AT_MOST = 100


def redeemed(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    redemption = _own_redemption(request, public_id)
    context = {
        "redemption": redemption,
        "customer": redemption.customer,
        "key_in": till_text(redemption),
        "is_admission": redemption.reward.kind == Reward.Kind.EVENT,
        "is_voided": redemption.state == Redemption.State.CANCELLED,
        "balance": ledger.figures(ledger.account_of(redemption.customer), now=timezone.now()).balance,
    }
    return show(request, "checkout/redeemed.html", **context, **undo_of_redemption(redemption))


def void(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    """Undo, or void from the day list, once; too late to undo, the page says what can still be done."""
    redemption = _own_redemption(request, public_id)
    form = VoidForm(request.POST)
    if not form.is_valid():
        raise Invalid(field="reason")
    reason, now = form.cleaned_data["reason"], timezone.now()
    back = redirect("checkout:redeemed", public_id)
    assert redemption.used_at is not None
    is_late = now > redemption.used_at + UNDO_FOR + UNDO_TOLERANCE
    if not reason and is_late and redemption.state == Redemption.State.USED:
        messages.warning(request, _("The time to undo is over. The booking can be voided in the day list."))
        return back
    try:
        cancel_redemption(redemption=redemption, actor=request.actor, now=now, reason=reason or VoidReason.UNDO)
    except VoucherCancelled:
        pass  # the page says that it is voided
    return back


def redemptions(request: TillRequest) -> HttpResponse:
    """All that this store has handed out today, at every till: references, amounts and who it was."""
    day = handed_out(timezone.localdate(), store=request.device.store)
    page = page_of(day.reverse(), size=DAY_AT_MOST)
    names = names_of_actors({row.used_by for row in page.rows})
    rows = [{"redemption": row, "what": till_text(row), "who": names.get(row.used_by, "")} for row in page.rows]
    return show(request, "checkout/redemptions.html", rows=rows, total=total_of(day), has_more=page.last is not None)


def _own_redemption(request: TillRequest, public_id: uuid.UUID) -> Redemption:
    """Redeemed at this till, today or just before midnight. Raises NotFound."""
    redemption = redemption_by_id(public_id)
    since = undoable_since()
    own = redemption.device_id == request.device.pk
    if not own or redemption.used_at is None or redemption.used_at < since:
        raise NotFound
    return redemption
