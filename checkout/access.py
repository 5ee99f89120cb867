"""The checkout as a surface: a device bound to a store, and staff who sign on with a PIN for a while."""

import time

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect

from team.models import Device, Membership
from team.queries import device_actor, device_of_token, till_actor
from tenants.requests import ShopRequest
from tenants.roles import Actor
from tenants.routes import Surface

DEVICE_COOKIE = f"{settings.COOKIE_PREFIX}device"
DEVICE_COOKIE_AGE = 400 * 24 * 3600
IDLE_SECONDS = 120
# Each touch would otherwise write the session.
REFRESH_SECONDS = 10
_SESSION = "till"


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
    response = redirect("checkout:bind" if actor is None else "checkout:sign_on")
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": response.url})
    return response


def sign_on(request: TillRequest, member: Membership, device: Device) -> None:
    request.session.cycle_key()
    request.session[_SESSION] = {"member": member.pk, "device": device.pk, "seen": int(time.time())}


def lock(request: TillRequest) -> None:
    request.session.pop(_SESSION, None)


def _signed_on(request: TillRequest, device: Device) -> Membership | None:
    shift = request.session.get(_SESSION)
    now = int(time.time())
    if not shift or shift["device"] != device.pk or now - shift["seen"] > IDLE_SECONDS:
        return None
    if now - shift["seen"] >= REFRESH_SECONDS:
        request.session[_SESSION] = shift | {"seen": now}
    return Membership.objects.filter(pk=shift["member"], ended_at=None).exclude(pin="").first()


CHECKOUT = Surface(name="checkout", authenticate=actor_at_till, refuse=refuse)
