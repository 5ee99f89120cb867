"""Days as a shop lives them: where they begin in its time zone."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo


def midnight(day: date, *, zone: ZoneInfo) -> datetime:
    """The first moment of a day."""
    return datetime.combine(day, time(), tzinfo=zone)


def day_of(moment: datetime, *, zone: ZoneInfo) -> date:
    """On which day it is."""
    return moment.astimezone(zone).date()
