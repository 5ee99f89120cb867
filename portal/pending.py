"""An e-mail address that somebody has typed and a code has still to prove: known for as long as the code is valid.

The session outlives the customer, so it holds the key of a locker and no address.
"""

from django.http import HttpRequest

from customers.codes import VALID_FOR
from tenants.lockers import clear_out, lock_away, unlocked
from tenants.secrets import new_token


def remember(request: HttpRequest, purpose: str, email: str) -> None:
    token = new_token()
    lock_away(email, key=token, seconds=VALID_FOR.total_seconds())
    request.session[purpose] = token


def remembered(request: HttpRequest, purpose: str) -> str:
    """Empty where nothing was typed, and where that was too long ago."""
    return unlocked(request.session.get(purpose, ""))


def forget(request: HttpRequest, purpose: str) -> None:
    clear_out(request.session.pop(purpose, ""))
