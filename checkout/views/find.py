"""Finding the customer: by camera, hand scanner or what they say."""

from django.http import HttpResponse
from django.shortcuts import redirect

from checkout.access import TillRequest
from checkout.forms import FindForm
from checkout.pages import camera_wanted, last_booking, show, today_at
from customers.models import Customer
from customers.queries import customer_by_text
from tenants.scope import current_tenant
from tenants.throttle import Limit

_look_ups = Limit("till-look-up", times=30, seconds=60)


def find(request: TillRequest) -> HttpResponse:
    """Look-ups are POST: nothing that identifies a person stands in a URL or a log."""
    # Beside a camera it would call the screen's keyboard; typing reaches it all the same.
    form = FindForm(request.POST or None, has_focus=not camera_wanted(request))
    if form.carried_out(lambda: _looked_up(request, form.cleaned_data["q"])):
        return redirect("checkout:amount", form.result.public_id)
    context = today_at(request) | last_booking(request)
    return show(request, "checkout/find.html", form=form, **context)


def count_look_up(request: TillRequest) -> None:
    """Nobody reads the list of customers by trying. Raises Throttled."""
    _look_ups.hit(current_tenant().pk, request.device.pk, request.actor.reference)


def _looked_up(request: TillRequest, text: str) -> Customer:
    count_look_up(request)
    return customer_by_text(text)
