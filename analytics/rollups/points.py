"""What the shop owes in points, kept for each night: to read it from a ledger takes as long as that is large."""

from datetime import date, timedelta

from analytics.models import PointFigures
from ledger.liability import owed_points
from tenants.calendar import midnight
from tenants.scope import current_tenant


def draw_points(day: date) -> None:
    """At the end of a day that is over; once, because it stays."""
    if not PointFigures.objects.filter(day=day).exists():
        points_of(day).save()


def points_of(day: date) -> PointFigures:
    """As it was drawn, or else counted."""
    drawn = PointFigures.objects.filter(day=day).first()
    if drawn is not None:
        return drawn
    owed = owed_points(on=day, now=midnight(day + timedelta(days=1), zone=current_tenant().zone))
    granted, expired = (owed.breakage.granted, owed.breakage.expired) if owed.breakage else (0, 0)
    return PointFigures(day=day, outstanding=owed.outstanding, granted=granted, expired=expired)
