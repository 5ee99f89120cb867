"""The kinds of files that can be taken over."""

from typing import Any, Final

from imports.kinds.balances import Balances
from imports.kinds.customers import Customers
from imports.kinds.kind import Booking, Formats, Kind, Outcome, Refusal
from imports.kinds.products import Products
from imports.kinds.purchases import Purchases

KINDS: Final[dict[str, Kind[Any]]] = {kind.code: kind for kind in (Purchases(), Customers(), Balances(), Products())}

__all__ = ["KINDS", "Booking", "Formats", "Kind", "Outcome", "Refusal"]
