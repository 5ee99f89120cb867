"""Codes of vouchers and on phones: derived from the installation's key, so that no copy of the database holds them."""

import hmac
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.conf import settings

from rewards.models import Redemption
from tenants.scope import current_tenant
from tenants.secrets import CODE_ALPHABET, as_typed, derived_key, digest

# 80 random bits: guessed by nobody, whatever the limits.
VOUCHER_LENGTH: Final = 16
# 40 bits for half a minute.
SHOWN_LENGTH: Final = 8
STEP_SECONDS: Final = 30
# A phone's code is accepted one step early or late: clocks differ, and scanning takes a moment.
TOLERANCE: Final = 1


def voucher_code(redemption: Redemption) -> str:
    """The code of a voucher, also of one that was issued before the installation's key was changed."""
    codes = (_voucher_code(redemption, key) for key in _keys())
    return next(code for code in codes if digest(code) == redemption.code_hash)


def new_voucher_code(redemption: Redemption) -> str:
    return _voucher_code(redemption, settings.SECRET_KEY)


def is_voucher_code(text: str) -> bool:
    """Whether what was scanned or typed is the code of a voucher."""
    return is_code(text, length=VOUCHER_LENGTH)


def is_code(text: str, *, length: int) -> bool:
    """With nothing but dashes and spaces between its letters: an e-mail address may be as long and is none."""
    return "@" not in text and len(as_typed(text)) == length


def spelled(code: str) -> str:
    """In groups of four, as people read and type them."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def shown_code(card_token: str, *, now: datetime) -> str:
    """What a customer's phone shows during this step."""
    return _shown(card_token, step_of(now), settings.SECRET_KEY)


def step_shown(card_token: str, code: str, *, now: datetime) -> int | None:
    """To which step near now a code belongs; None if to none."""
    current = step_of(now)
    for step in range(current - TOLERANCE, current + TOLERANCE + 1):
        if any(hmac.compare_digest(_shown(card_token, step, key), code) for key in _keys()):
            return step
    return None


def step_of(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP_SECONDS


def _keys() -> Iterator[str]:
    yield settings.SECRET_KEY
    yield from settings.SECRET_KEY_FALLBACKS


def _voucher_code(redemption: Redemption, key: str) -> str:
    return _code(f"voucher {current_tenant().pk} {redemption.public_id}", key, VOUCHER_LENGTH)


def _shown(card_token: str, step: int, key: str) -> str:
    return _code(f"shown {current_tenant().pk} {card_token} {step}", key, SHOWN_LENGTH)


def _code(text: str, key: str, length: int) -> str:
    drawn = hmac.digest(derived_key("customer codes", key), text.encode(), "sha256")[:length]
    return "".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in drawn)
