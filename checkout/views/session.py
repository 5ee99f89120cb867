"""Binding the device, signing on and locking."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from checkout.access import DEVICE_COOKIE, DEVICE_COOKIE_AGE, TillRequest, last_member_id, lock, sign_on
from checkout.forms import BindForm, CameraForm, SignOnForm
from checkout.pages import CAMERA_COOKIE
from team.services import bind_device, check_pin
from tenants.errors import Invalid
from tenants.requests import client_address


def bind(request: TillRequest) -> HttpResponse:
    form = BindForm(request.POST or None)
    if form.carried_out(
        lambda: bind_device(code=form.cleaned_data["code"], address=client_address(request), now=timezone.now())
    ):
        _, token = form.result
        response = redirect("checkout:sign_on")
        _keep(response, DEVICE_COOKIE, token)
        return response
    # A browser that was a till until the back office took the device away.
    was_bound = DEVICE_COOKIE in request.COOKIES and not hasattr(request, "device")
    return render(request, "checkout/bind.html", {"form": form, "was_bound": was_bound})


def sign_on_view(request: TillRequest) -> HttpResponse:
    device = request.device
    form = SignOnForm(request.POST or None, store=device.store, last_member_id=last_member_id(request))
    if form.carried_out(
        lambda: check_pin(member=form.cleaned_data["member"], pin=form.cleaned_data["pin"], device=device)
    ):
        sign_on(request, form.cleaned_data["member"], device)
        return redirect("checkout:find")
    return render(request, "checkout/sign_on.html", {"form": form, "device": device})


def lock_view(request: TillRequest) -> HttpResponse:
    lock(request)
    return redirect("checkout:sign_on")


def camera(request: TillRequest) -> HttpResponse:
    """Whether this device scans with its camera; the browser keeps it, like the permission."""
    form = CameraForm(request.POST)
    if not form.is_valid():
        raise Invalid(field="wanted")
    response = redirect("checkout:find")
    _keep(response, CAMERA_COOKIE, form.cleaned_data["wanted"])
    return response


def _keep(response: HttpResponse, cookie: str, value: str) -> None:
    response.set_cookie(cookie, value, max_age=DEVICE_COOKIE_AGE, secure=settings.HTTPS, httponly=True, samesite="Lax")
