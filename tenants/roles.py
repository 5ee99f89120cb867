"""Who may do what: the one table from roles, devices, customers and key scopes to capabilities."""

from dataclasses import dataclass
from typing import Final

READING: Final = frozenset(
    {
        "backoffice.enter",
        "customers.read",
    }
)
MANAGING: Final = READING | frozenset(
    {
        "operations.read",
        "operations.retry",
        "purchases.void",
    }
)

# Keys are what an actor can be; the values are the only capabilities a route may name.
CAPABILITIES: Final[dict[str, frozenset[str]]] = {
    "role:owner": MANAGING,
    "role:manager": MANAGING,
    "role:analyst": READING,
    "role:staff": frozenset({"backoffice.enter"}),
    "device": frozenset({"till.sign_on"}),
    "till": frozenset({"till.sign_on", "till.use"}),
    "customer": frozenset({"portal.use"}),
    "user": frozenset({"shops.choose"}),
    "scope:read": frozenset(
        {
            "api.customers.read",
            "api.ledger.read",
            "api.program.read",
            "api.purchases.preview",
        }
    ),
    "scope:write": frozenset(
        {
            "api.customers.erase",
            "api.customers.write",
            "api.purchases.preview",
            "api.purchases.void",
            "api.purchases.write",
        }
    ),
}

ALL_CAPABILITIES: Final = frozenset().union(*CAPABILITIES.values())


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a member, staff at a till, a customer, an API key, or the system itself.

    `reference` is what the ledger and the audit log keep: a kind and an id, never a name.
    """

    reference: str
    capabilities: frozenset[str] = frozenset()
    id: int | None = None
    device_id: int | None = None
    store_id: int | None = None

    def may(self, capability: str) -> bool:
        return capability in self.capabilities


SYSTEM: Final = Actor(reference="system")


def capabilities_of(*holders: str) -> frozenset[str]:
    """All capabilities of the given roles, scopes or kinds; unknown names hold none."""
    return frozenset().union(*(CAPABILITIES.get(holder, frozenset()) for holder in holders))
