"""What customers have shown to this till just now: the code on the phone, or that of a voucher.

It stands in the shift and ends with it: with the lock, the next sign-on or another device.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from checkout.access import SHIFT, TillRequest
from customers.models import Customer
from rewards.models import Redemption
from rewards.presence import card_is_enough

SHOWN_FOR: Final = timedelta(minutes=5)
_SHOWN: Final = "shown"


class Proof(StrEnum):
    """What a redemption still needs: nothing, the cashier's PIN, or the customer's phone."""

    SHOWN = "shown"
    PIN = "pin"
    PHONE = "phone"


def note_shown(request: TillRequest, thing: Customer | Redemption, *, now: datetime) -> None:
    """The customer is there, or the voucher, for the next minutes."""
    shift = request.session[SHIFT]
    lasting = {key: until for key, until in shift.get(_SHOWN, {}).items() if until > now.timestamp()}
    until = int((now + SHOWN_FOR).timestamp())
    request.session[SHIFT] = shift | {_SHOWN: lasting | {_key(thing): until}}


def was_shown(request: TillRequest, *things: Customer | Redemption, now: datetime) -> bool:
    """Whether any of them was a moment ago."""
    shown = request.session[SHIFT].get(_SHOWN, {})
    return any(shown.get(_key(thing), 0) > now.timestamp() for thing in things)


def proof_wanted(request: TillRequest, *things: Customer | Redemption, value: int | None, now: datetime) -> Proof:
    """To redeem something of this value, where any of the things would do."""
    if was_shown(request, *things, now=now):
        return Proof.SHOWN
    return Proof.PIN if card_is_enough(value) else Proof.PHONE


def _key(thing: Customer | Redemption) -> str:
    return f"{type(thing).__name__}:{thing.pk}"
