"""What every page of a signed-on till shows: the frame, the bookings of the day, the last one to undo."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from checkout.access import IDLE_SECONDS, TillRequest
from customers.models import Customer
from ledger import queries as ledger
from programs.cards import TillStamp, stamps_at
from programs.models import Purchase
from programs.queries import booked_at, points_name, purchases_at, standing
from programs.services import VoidReason
from programs.terms import terms_at
from rewards.models import Redemption
from rewards.queries import redeemed_at
from rewards.wording import till_text
from tenants.calendar import midnight
from tenants.pages import page_of, uuid_in
from tenants.scope import current_tenant

CAMERA_COOKIE: Final = "till-camera"
# What expires within this time is worth a word to the customer.
SOON: Final = timedelta(days=30)
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
    since = timezone.now() - UNDO_FOR
    purchase = purchases_at(request.device, since=since).first()
    stamped = next(iter(stamps_at(request.device, since=since, at_most=1)), None)
    redemption = redeemed_at(request.device, since=since).first()
    latest: list[tuple[datetime, dict[str, Any]]] = []
    if purchase:
        latest.append((purchase.recorded_at, undo_of(purchase)))
    if stamped:
        latest.append((stamped.entry.created_at, undo_of_stamps(stamped)))
    if redemption and redemption.used_at:
        latest.append((redemption.used_at, undo_of_redemption(redemption)))
    return max(latest, key=lambda booking: booking[0])[1] if latest else {}


def undo_of(purchase: Purchase | None) -> dict[str, Any]:
    """Where and how long a booking can be undone; nothing where it cannot."""
    if purchase is None or purchase.voided_at is not None:
        return {}
    url = reverse("checkout:void", args=[purchase.public_id])
    return _undo(url, purchase.recorded_at, undo_purchase=purchase)


def undo_of_stamps(stamped: TillStamp) -> dict[str, Any]:
    """The same for what was booked to a card."""
    if stamped.is_voided:
        return {}
    return _undo(void_stamps_url(stamped), stamped.entry.created_at, undo_stamps=stamped)


def undo_of_redemption(redemption: Redemption) -> dict[str, Any]:
    """The same for what was redeemed."""
    if redemption.used_at is None or redemption.state != Redemption.State.USED:
        return {}
    url = reverse("checkout:void_redemption", args=[redemption.public_id])
    return _undo(url, redemption.used_at, undo_redemption=redemption)


def void_stamps_url(stamped: TillStamp) -> str:
    return reverse("checkout:void_stamps", args=[stamped.customer.public_id, stamped.code, stamped.entry.seq])


def _undo(url: str, booked_at: datetime, **booking: Any) -> dict[str, Any]:
    left = (booked_at + UNDO_FOR - timezone.now()).total_seconds()
    return {"undo_url": url, "undo_seconds_left": int(left), **booking} if left > 0 else {}


def strip_of(customer: Customer, *, now: datetime) -> dict[str, Any]:
    """Who stands here: the standing, and the points that soon expire if they are not spent."""
    first = next(iter(ledger.expiring(ledger.account_of(customer), now=now)), None)
    return {
        "customer": customer,
        "standing": standing(customer, now=now),
        "expiring": first if first and first.expires_at <= now + SOON else None,
    }


def today_at(request: TillRequest, *, at_most: int = TODAY_AT_MOST, cursor: str = "") -> dict[str, Any]:
    """The latest bookings of this till, and how many and how much they were in all."""
    page = page_of(purchases_at(request.device, since=day_began(), before=uuid_in(cursor)), size=at_most)
    rows = [
        {
            "time": purchase.recorded_at,
            "customer_masked": purchase.customer.masked_name or purchase.customer.number,
            "store": purchase.store if purchase.store_id != request.device.store_id else None,
            "points": purchase.points_left,
            "returned": purchase.returned_total,
            "is_returned": purchase.is_returned,
            "is_voided": purchase.voided_at is not None,
            "void_url": reverse("checkout:void", args=[purchase.public_id]),
            "return_url": reverse("checkout:return_goods", args=[purchase.public_id]),
        }
        for purchase in page.rows
        if purchase.customer is not None
    ]
    stamped = [] if cursor else _stamps_today_at(request)
    redeemed = [] if cursor else _redeemed_today_at(request)
    booked = booked_at(request.device, since=day_began()) if rows else None
    whole_day = reverse("checkout:today")
    return {
        "today": rows,
        "stamps_today": stamped[:at_most],
        "redeemed_today": redeemed[:at_most],
        "are_more": page.last is not None or max(len(stamped), len(redeemed)) > at_most,
        "booked": booked,
        "void_reasons": VoidReason.named_by_people(),
        "latest_url": whole_day if cursor else None,
        "earlier_url": f"{whole_day}?before={page.last.public_id}" if page.last else None,
    }


def _stamps_today_at(request: TillRequest) -> list[dict[str, Any]]:
    """What was booked to cards at this till, the latest first."""
    return [
        {
            "time": stamped.entry.created_at,
            "customer_masked": stamped.customer.masked_name or stamped.customer.number,
            "what": stamped.reward or stamped.card,
            "stamps": stamped.entry.points,
            "is_voided": stamped.is_voided,
            "void_url": void_stamps_url(stamped),
        }
        for stamped in stamps_at(request.device, since=day_began(), at_most=WHOLE_DAY_AT_MOST)
    ]


def _redeemed_today_at(request: TillRequest) -> list[dict[str, Any]]:
    """What was redeemed at this till, the latest first."""
    return [
        {
            "time": redemption.used_at,
            "customer_masked": redemption.customer.masked_name or redemption.customer.number,
            "what": till_text(redemption),
            "reference": redemption.reference,
            "is_voided": redemption.state == Redemption.State.CANCELLED,
            "void_url": reverse("checkout:void_redemption", args=[redemption.public_id]),
        }
        for redemption in redeemed_at(request.device, since=day_began())[:WHOLE_DAY_AT_MOST]
    ]


def day_began() -> datetime:
    return midnight(timezone.localdate(), zone=current_tenant().zone)


def undoable_since() -> datetime:
    """What of this day, or just before midnight, can still be taken back."""
    return min(day_began(), timezone.now() - UNDO_FOR - UNDO_TOLERANCE)
