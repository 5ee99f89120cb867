"""What every page of a signed-on till shows: the frame, the bookings of the day, the last one to undo."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from checkout.access import IDLE_SECONDS, TillRequest
from programs.models import Purchase
from programs.queries import booked_at, points_name, purchases_at
from programs.services import VoidReason
from programs.terms import terms_at
from tenants.pages import page_of, uuid_in

CAMERA_COOKIE: Final = "till-camera"
UNDO_FOR: Final = timedelta(seconds=30)
# Pressed in time, received a little later.
UNDO_TOLERANCE: Final = timedelta(seconds=10)
# Each row brings its form: more of them would make the till slow on an old tablet.
TODAY_AT_MOST: Final = 10
WHOLE_DAY_AT_MOST: Final = 25


def show(request: TillRequest, template: str, **context: Any) -> HttpResponse:
    """A page in the frame that all of them share."""
    frame = {
        "device": request.device,
        "staff_name": request.staff.name,
        "idle_seconds": IDLE_SECONDS,
        "camera_wanted": camera_wanted(request),
        "points_name": points_name(terms_at(timezone.now())),
    }
    return render(request, template, frame | context)


def camera_wanted(request: TillRequest) -> bool:
    """Scanning comes first unless somebody has switched the camera of this device off."""
    return request.COOKIES.get(CAMERA_COOKIE) != "off"


def last_booking(request: TillRequest) -> dict[str, Any]:
    """The last booking of this till, which can still be undone while the next customer is served."""
    return undo_of(purchases_at(request.device, since=timezone.now() - UNDO_FOR).first())


def undo_of(purchase: Purchase | None) -> dict[str, Any]:
    """Where and how long a booking can be undone; nothing where it cannot."""
    if purchase is None or purchase.voided_at is not None:
        return {}
    left = (purchase.recorded_at + UNDO_FOR - timezone.now()).total_seconds()
    if left <= 0:
        return {}
    return {
        "undo_url": reverse("checkout:void", args=[purchase.public_id]),
        "undo_seconds_left": int(left),
        "undo_purchase": purchase,
    }


def today_at(request: TillRequest, *, at_most: int = TODAY_AT_MOST, cursor: str = "") -> dict[str, Any]:
    """The latest bookings of this till, and how many and how much they were in all."""
    page = page_of(purchases_at(request.device, since=midnight(), before=uuid_in(cursor)), size=at_most)
    rows = [
        {
            "time": purchase.recorded_at,
            "customer_masked": purchase.customer.masked_name or purchase.customer.number,
            "store": purchase.store if purchase.store_id != request.device.store_id else None,
            "points": purchase.points,
            "is_voided": purchase.voided_at is not None,
            "void_url": reverse("checkout:void", args=[purchase.public_id]),
        }
        for purchase in page.rows
        if purchase.customer is not None
    ]
    booked = booked_at(request.device, since=midnight()) if rows else None
    whole_day = reverse("checkout:today")
    return {
        "today": rows,
        "booked": booked,
        "void_reasons": VoidReason.named_by_people(),
        "latest_url": whole_day if cursor else None,
        "earlier_url": f"{whole_day}?before={page.last.public_id}" if page.last else None,
    }


def midnight() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
