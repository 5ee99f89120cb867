"""An e-mail address that somebody has typed and a code has still to prove: known for as long as the code is valid.

The session outlives the customer, so it holds a key and no address; the cache holds what only that key opens.
"""

from cryptography.fernet import Fernet
from django.core.cache import cache
from django.http import HttpRequest

from customers.codes import VALID_FOR
from tenants.secrets import derived_key, digest, new_token


def remember(request: HttpRequest, purpose: str, email: str) -> None:
    token = new_token()
    cache.set(_place(token), _box(token).encrypt(email.encode()), timeout=VALID_FOR.total_seconds())
    request.session[purpose] = token


def remembered(request: HttpRequest, purpose: str) -> str:
    """Empty where nothing was typed, and where that was too long ago."""
    token = request.session.get(purpose, "")
    content = cache.get(_place(token)) if token else None
    return _box(token).decrypt(content).decode() if content else ""


def forget(request: HttpRequest, purpose: str) -> None:
    token = request.session.pop(purpose, "")
    cache.delete(_place(token))


def _place(token: str) -> str:
    return f"pending:{digest(token)}"


def _box(token: str) -> Fernet:
    return Fernet(derived_key("pending address", token))
