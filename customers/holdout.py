"""Who hears nothing of a campaign, so that its effect can be known: decided by a hash, so nobody has to remember it."""

from hashlib import sha256
from typing import Final
from uuid import UUID

# Of the customers of one campaign: fewer tell nothing, more give away what the campaign would bring.
PERCENT: Final = range(10, 21)


def is_held_out(customer: UUID, *, campaign: UUID, percent: int) -> bool:
    """The same answer for ever. Whoever is held out at 10 percent is so at 20; each campaign draws anew.

    By the public ids of both. Only for what a campaign adds: what the programme promises is never withheld.
    """
    if percent not in PERCENT:
        raise ValueError(f"a hold-out has {PERCENT[0]} to {PERCENT[-1]} percent, not {percent}")
    return place(customer, campaign=campaign) * 100 < percent << 64


def place(customer: UUID, *, campaign: UUID) -> int:
    """Where a customer stands in the campaign's draw: evenly spread below 2**64."""
    return int.from_bytes(sha256(campaign.bytes + customer.bytes).digest()[:8])
