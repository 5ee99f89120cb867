"""Random secrets that are shown once and kept as a hash."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256

# Without letters and digits that people confuse when they read a code aloud; 32, so that every byte is as good.
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def new_token() -> str:
    """256 random bits for machines."""
    return secrets.token_urlsafe(32)


def new_code(length: int = 8) -> str:
    """A code for people to type; 40 bits at 8 characters."""
    return "".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in secrets.token_bytes(length))


def digest(secret: str) -> str:
    """For secrets with enough entropy of their own; PINs and passwords need a slow hash."""
    return sha256(secret.encode()).hexdigest()


def matches(secret: str, wanted: str) -> bool:
    return hmac.compare_digest(digest(secret), wanted)


def as_typed(code: str) -> str:
    """A typed code without the spaces, dashes and lower case that people add."""
    compact = "".join(character for character in code.upper() if character.isalnum())
    return compact if all(character in CODE_ALPHABET for character in compact) else ""


def derived_key(purpose: str, key: str) -> bytes:
    """256 bits for one purpose out of the installation's key, as Fernet wants them."""
    return urlsafe_b64encode(hmac.digest(key.encode(), purpose.encode(), "sha256"))
