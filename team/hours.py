"""When a store is open: several times a day, as people write them down and as minutes. Pure."""

import re
from collections.abc import Sequence
from typing import Final

# Minutes since midnight; an end that is not after the beginning lies on the next day.
Interval = tuple[int, int]
MIDNIGHT: Final = 24 * 60
_CLOCK: Final = r"(\d{1,2})(?:[:.](\d{2}))?"
_INTERVAL: Final = re.compile(rf"{_CLOCK}\s*(?:-|–|—|bis|to)\s*{_CLOCK}(?:\s*Uhr)?", re.IGNORECASE)


def read_hours(text: str) -> list[Interval]:
    """“8–12:30, 14:00–18:00”; nothing is closed. Raises ValueError."""
    intervals = [_interval(part.strip()) for part in re.split(r"[,;]", text) if part.strip()]
    ends = [end if end > begin else end + MIDNIGHT for begin, end in intervals]
    if any(begin < end for (begin, _end), end in zip(intervals[1:], ends, strict=False)):
        raise ValueError("one begins before the one before it ends")
    return intervals


def write_hours(intervals: Sequence[Interval]) -> str:
    return ", ".join(f"{_clock(begin)}–{_clock(end)}" for begin, end in intervals)


def _interval(text: str) -> Interval:
    match = _INTERVAL.fullmatch(text)
    if match is None:
        raise ValueError(text)
    hour, minute, until_hour, until_minute = (int(part or 0) for part in match.groups())
    begin, end = _minutes(hour, minute), _minutes(until_hour, until_minute)
    if begin in (end, MIDNIGHT):
        raise ValueError(text)
    return begin, end


def _minutes(hour: int, minute: int) -> int:
    minutes = hour * 60 + minute
    if minute > 59 or minutes > MIDNIGHT:
        raise ValueError(minutes)
    return minutes


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
