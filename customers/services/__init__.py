"""Writes around customers: who they are, what is kept about them, and what becomes of it."""

from customers.services.people import change, enrol, erase, fill
from customers.services.sharing import record_export

__all__ = ["change", "enrol", "erase", "fill", "record_export"]
