"""Waiting for a lock ends after some seconds; whoever waited is told to try again instead of being shown a failure."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError
from psycopg import errors

from tenants.errors import Busy


@contextmanager
def busy_if_locked() -> Iterator[None]:
    """Around a transaction: raises Busy where a lock was not to be had."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
            raise Busy(retry_after=1) from error
        raise
