"""The checkout as a surface: a device bound to a store, and staff who sign on with a PIN for a while."""

import time
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _

from team.models import Device, Membership
from team.queries import device_actor, device_of_token, members_at, till_actor
from tenants.requests import ShopRequest
from tenants.roles import Actor
from tenants.routes import Surface
from tenants.secrets import digest

DEVICE_COOKIE = f"{settings.COOKIE_PREFIX}device"
DEVICE_COOKIE_AGE = 400 * 24 * 3600
IDLE_SECONDS = 120
# Each touch would otherwise write the session.
REFRESH_SECONDS = 10
SHIFT: Final = "till"
_LAST_MEMBER: Final = "till-last"


class TillRequest(ShopRequest):
    """A request from a bound device; routes with `till.use` have staff signed on."""

    device: Device
    staff: Membership


def actor_at_till(request: TillRequest) -> Actor | None:
    """The staff signed on, else the bare device, else nobody. Sets `request.device` and `request.staff`."""
    token = "" if request.tenant.closed_at else request.COOKIES.get(DEVICE_COOKIE, "")
    device = device_of_token(token) if token else None
    staff = _signed_on(request, device) if device else None
    if device is None:
        return None
    request.device = device
    if staff is None:
        return device_actor(device)
    request.staff = staff
    return till_actor(staff, device)


def refuse(request: TillRequest, actor: Actor | None) -> HttpResponse:
    """An unbound device is bound first, a locked one asks for the PIN; a fragment moves the whole page there."""
    if request.method == "POST" and actor is not None:
        # An earlier press of the same page may have been booked without its answer having arrived.
        messages.warning(
            request, _("The till was locked meanwhile. Nothing was booked now; what arrived before is in the day list.")
        )
    door = "checkout:bind" if actor is None else "checkout:sign_on"
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        return HttpResponse(headers={"HX-Redirect": resolve_url(door)})
    return redirect(door)


def new_shift(member: Membership, device: Device) -> dict[str, Any]:
    """What a session knows of a shift: it ends with the PIN, the store or the device it was begun with."""
    return {
        "member": member.pk,
        "pin": digest(member.pin),
        "device": device.pk,
        "store": device.store_id,
        "seen": int(time.time()),
    }


def sign_on(request: TillRequest, member: Membership, device: Device) -> None:
    request.session.cycle_key()
    request.session[SHIFT] = new_shift(member, device)
    request.session[_LAST_MEMBER] = member.pk


def lock(request: TillRequest) -> None:
    request.session.pop(SHIFT, None)


def last_member_id(request: TillRequest) -> int | None:
    """Who signed on at this till last."""
    return request.session.get(_LAST_MEMBER)


def _signed_on(request: TillRequest, device: Device) -> Membership | None:
    shift = request.session.get(SHIFT)
    now = int(time.time())
    if not shift or shift["device"] != device.pk or now - shift["seen"] > IDLE_SECONDS:
        return None
    if shift.get("store") != device.store_id:
        messages.info(request, _("This till now belongs to the store %(store)s.") % {"store": device.store.name})
        lock(request)
        return None
    member = members_at(device.store).filter(pk=shift["member"]).first()
    if member is None or digest(member.pin) != shift.get("pin"):
        return None
    # A page that asks for news by itself does not keep the till open.
    if now - shift["seen"] >= REFRESH_SECONDS and "X-Unattended" not in request.headers:
        request.session[SHIFT] = shift | {"seen": now}
    return member


CHECKOUT = Surface(name="checkout", authenticate=actor_at_till, refuse=refuse)
