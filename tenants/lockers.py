"""Text in the cache that only the holder of its key can read: what people typed outlives nobody who is erased."""

from cryptography.fernet import Fernet
from django.core.cache import cache

from tenants.secrets import derived_key, digest


def lock_away(text: str, *, key: str, seconds: float) -> None:
    cache.set(_place(key), _box(key).encrypt(text.encode()), timeout=seconds)


def unlocked(key: str) -> str:
    """Empty where nothing is kept, or no longer."""
    content = cache.get(_place(key))
    return _box(key).decrypt(content).decode() if content else ""


def keep_longer(key: str, *, seconds: float) -> None:
    cache.touch(_place(key), seconds)


def clear_out(key: str) -> None:
    cache.delete(_place(key))


def _place(key: str) -> str:
    return f"locker:{digest(key)}"


def _box(key: str) -> Fernet:
    return Fernet(derived_key("locker", key))
