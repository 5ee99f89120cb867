"""What the beginning of a file tells about how it writes dates and amounts; None where it leaves doubt."""

from collections.abc import Sequence
from typing import Final

from imports.values import EITHER_FIRST, Amounts, TwoWays
from tenants.errors import Invalid

MONTHS: Final = 12


def found_date_format(samples: Sequence[str]) -> str | None:
    """Empty where every date says it itself, a format where the dates together allow only one."""
    doubtful = [text.split()[0] for text in samples if text and EITHER_FIRST.fullmatch(text.split()[0].rstrip(","))]
    if not doubtful:
        return ""
    separator = "/" if "/" in doubtful[0] else "-"
    numbers = [text.rstrip(",").replace("-", "/").split("/") for text in doubtful]
    day_first = any(int(first) > MONTHS for first, _, _ in numbers)
    month_first = any(int(second) > MONTHS for _, second, _ in numbers)
    if day_first == month_first:
        return None
    year = "%Y" if len(numbers[0][2]) == 4 else "%y"
    return separator.join(("%d", "%m", year) if day_first else ("%m", "%d", year))


def found_decimal_mark(samples: Sequence[str], *, currency: str) -> str | None:
    """Empty where every amount says it itself, a mark where the others settle those that do not."""
    amounts = Amounts(currency=currency)
    doubtful, settled = [], []
    for text in samples:
        try:
            amounts.read(text)
        except TwoWays:
            doubtful.append(text)
        except Invalid:
            continue
        else:
            settled.append(text)
    if not doubtful:
        return ""
    marks = [mark for mark in (",", ".") if all(_reads(text, mark, currency) for text in (*doubtful, *settled))]
    return marks[0] if len(marks) == 1 else None


def _reads(text: str, mark: str, currency: str) -> bool:
    try:
        Amounts(currency=currency, decimal_mark=mark).read(text)
    except Invalid:
        return False
    return True
