"""Six digits that prove who reads a mailbox: hashed, valid for ten minutes and three tries, used once."""

import secrets
from datetime import timedelta

from django.core.cache import cache

from customers.errors import WrongSignInCode
from tenants.scope import current_tenant
from tenants.secrets import digest, matches

VALID_FOR = timedelta(minutes=10)
TRIES = 3


def new_code_for(subject: str) -> str:
    """A code for one subject, such as an address that wants to sign in; it replaces the one before."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    cache.set(code_key(subject), digest(code), timeout=VALID_FOR.total_seconds())
    cache.set(tries_key(subject), 0, timeout=VALID_FOR.total_seconds())
    return code


def use_up(subject: str, code: str) -> None:
    """Raises WrongSignInCode for any but the subject's code, which is used up by this, and after three wrong tries."""
    wanted = cache.get(code_key(subject))
    if wanted is None or not _another_try(subject) or not matches(code, wanted):
        raise WrongSignInCode(field="code")
    if not cache.delete(code_key(subject)):  # of two that know the code, one comes first
        raise WrongSignInCode(field="code")


def code_key(subject: str) -> str:
    return f"sign-in:{current_tenant().pk}:{digest(subject)}:code"


def tries_key(subject: str) -> str:
    return f"sign-in:{current_tenant().pk}:{digest(subject)}:tries"


def _another_try(subject: str) -> bool:
    try:
        return cache.incr(tries_key(subject)) <= TRIES
    except ValueError:  # expired meanwhile
        return False
