"""What every page of the portal is made of."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from programs.queries import opens_at, points_name
from programs.terms import terms_at

# The rooms behind the rewards and the profile, for the bar at the bottom.
_IN_REWARDS = ("/rewards/", "/vouchers/")
_IN_PROFILE = ("/profile/", "/consents/", "/privacy/")


def opening(*, now: datetime) -> dict[str, Any]:
    """Whether the public may join, and from which day if it is known."""
    opened_at = opens_at()
    has_opened = opened_at is not None and opened_at <= now
    return {"has_opened": has_opened, "opens_on": None if has_opened else opened_at}


def show(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page that knows the shop's word for points."""
    frame = {
        "points_name": points_name(terms_at(timezone.now())),
        "in_rewards": request.path.startswith(_IN_REWARDS),
        "in_profile": request.path.startswith(_IN_PROFILE),
    }
    return render(request, template, frame | context, status=status)
