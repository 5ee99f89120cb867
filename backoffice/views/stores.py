"""Stores and the devices in them: a till, tablet or phone is connected with a code."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.forms import DeviceForm, OpeningHoursForm, StoreForm, StoreNameForm
from backoffice.once import sent_before
from backoffice.pages import show
from team import queries
from team.models import Device, Store
from team.services import register_device, renew_binding_code
from team.stores import add_store, change_device, close_store, disconnect_device, rename_store, set_opening_hours
from tenants.errors import DomainError
from tenants.qr import qr_svg

# Two forms of one page ask for a name.
STORE_IDS, DEVICE_IDS = "store_%s", "device_%s"


def stores(request: MemberRequest) -> HttpResponse:
    return _list(request)


def add(request: MemberRequest) -> HttpResponse:
    form = StoreForm(request.POST, auto_id=STORE_IDS)
    if form.carried_out(lambda: add_store(**form.cleaned_data, actor=request.actor)):
        messages.success(request, _("The store is open."))
        return redirect("backoffice:stores")
    return _list(request, form=form, store_form=form)


def store(request: MemberRequest, store_id: int) -> HttpResponse:
    place = _store(store_id)
    form = StoreNameForm(request.POST or None, initial={"name": place.name})
    if request.method == "POST" and form.carried_out(
        lambda: rename_store(store=place, **form.cleaned_data, actor=request.actor)
    ):
        messages.success(request, _("The changes are saved."))
        return redirect("backoffice:stores")
    return _page(request, store_id, form=form, name_form=form)


def hours(request: MemberRequest, store_id: int) -> HttpResponse:
    place = _store(store_id)
    form = OpeningHoursForm(request.POST, hours=place.opening_hours)
    if form.carried_out(lambda: set_opening_hours(store=place, hours=form.hours, actor=request.actor)):
        messages.success(request, _("The opening hours are saved."))
        return redirect("backoffice:store", store_id)
    return _page(request, store_id, form=form, hours_form=form)


def close(request: MemberRequest, store_id: int) -> HttpResponse:
    try:
        close_store(store=_store(store_id), actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
        return redirect("backoffice:store", store_id)
    messages.success(request, _("The store is closed. Its history stays."))
    return redirect("backoffice:stores")


def add_device(request: MemberRequest) -> HttpResponse:
    """A device that waits, and the code that connects it; the code is shown this once."""
    form = DeviceForm(request.POST, auto_id=DEVICE_IDS)
    if sent_before(request):
        return redirect("backoffice:stores")
    now = timezone.now()
    if form.carried_out(lambda: register_device(**form.cleaned_data, actor=request.actor, now=now)):
        made, code = form.result
        return _code(request, made, code)
    return _list(request, form=form, device_form=form)


def device(request: MemberRequest, device_id: int) -> HttpResponse:
    machine = _device(device_id)
    form = DeviceForm(request.POST or None, initial={"name": machine.name, "store": machine.store_id})
    if request.method == "POST" and form.carried_out(
        lambda: change_device(device=machine, **form.cleaned_data, actor=request.actor)
    ):
        messages.success(request, _("The changes are saved."))
        return redirect("backoffice:stores")
    return show(request, "backoffice/device.html", form=form, device=_device(device_id))


def renew_code(request: MemberRequest, device_id: int) -> HttpResponse:
    """Another code, for a device that was reset or whose code is too old."""
    machine = _device(device_id)
    return _code(request, machine, renew_binding_code(device=machine, actor=request.actor, now=timezone.now()))


def disconnect(request: MemberRequest, device_id: int) -> HttpResponse:
    machine = _device(device_id)
    disconnect_device(device=machine, actor=request.actor, now=timezone.now())
    messages.success(request, _("%(name)s is disconnected.") % {"name": machine.name})
    return redirect("backoffice:stores")


def _page(request: MemberRequest, store_id: int, **forms: Any) -> HttpResponse:
    place = _store(store_id)
    own = {
        "name_form": StoreNameForm(initial={"name": place.name}),
        "hours_form": OpeningHoursForm(hours=place.opening_hours),
    }
    return show(request, "backoffice/store.html", store=place, **own | forms)


def _store(store_id: int) -> Store:
    return get_object_or_404(queries.stores(), pk=store_id)


def _device(device_id: int) -> Device:
    return get_object_or_404(queries.devices(), pk=device_id)


def _list(request: MemberRequest, **forms: Any) -> HttpResponse:
    now = timezone.now()
    places = list(queries.stores())
    machines: dict[int, list[dict[str, Any]]] = {place.pk: [] for place in places}
    for machine in queries.devices():
        machines.setdefault(machine.store_id, []).append({"device": machine, "state": _state(machine, now)})
    context = {
        "rows": [{"store": place, "devices": machines[place.pk]} for place in places],
        "store_form": StoreForm(auto_id=STORE_IDS),
        "device_form": DeviceForm(initial={"store": places[0].pk if places else None}, auto_id=DEVICE_IDS),
    }
    return show(request, "backoffice/stores.html", **context | forms)


def _code(request: MemberRequest, machine: Device, code: str) -> HttpResponse:
    """The code for typing, and as a QR code for the device's own camera."""
    bind_url = f"{request.tenant.url}{reverse('checkout:bind')}"
    return show(
        request,
        "backoffice/device_code.html",
        device=machine,
        code=f"{code[:4]} {code[4:]}",
        bind_url=bind_url,
        qr_svg=qr_svg(bind_url),
    )


def _state(machine: Device, now: datetime) -> str:
    if machine.bound_at is not None:
        return "bound"
    waiting = machine.code_expires_at is not None and machine.code_expires_at > now
    return "waiting" if waiting else "lapsed"
