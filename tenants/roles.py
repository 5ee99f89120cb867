"""Who may do what: the one table from roles, devices, customers and key scopes to capabilities."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

READING: Final = frozenset(
    {
        "backoffice.enter",
        "customers.read",
        "feedback.read",
        "messages.read",
        "program.read",
        "referrals.read",
        "reports.read",
        "rewards.read",
    }
)
MANAGING: Final = READING | frozenset(
    {
        "audit.read",
        "brand.write",
        "customers.erase",
        "customers.export",
        "customers.merge",
        "customers.write",
        "feedback.write",
        "findings.decide",
        "imports.read",
        "imports.write",
        "keys.write",
        "legal.write",
        "messages.write",
        "operations.read",
        "operations.retry",
        "points.adjust",
        "points.approve",
        "program.write",
        "purchases.void",
        "referrals.write",
        "reports.write",
        "rewards.write",
        "stores.write",
        "team.write",
        "tiers.give",
    }
)
OWNING: Final = MANAGING | frozenset(
    {
        "account.read",
        "domain.write",
        # Whoever may set the limit is not bound by it.
        "points.limit",
        "rewards.limit",
        "shop.close",
    }
)

# What a member may do only after a second factor, and for how long one counts.
WORKING_DAY: Final = timedelta(hours=12)
MOMENT: Final = timedelta(minutes=10)
SECOND_FACTOR: Final[dict[str, timedelta]] = {
    "customers.export": MOMENT,
    "domain.write": WORKING_DAY,
    "keys.write": WORKING_DAY,
    "shop.close": MOMENT,
    "team.write": WORKING_DAY,
}

# Keys are what an actor can be; the values are the only capabilities a route may name.
CAPABILITIES: Final[dict[str, frozenset[str]]] = {
    "role:owner": OWNING,
    "role:manager": MANAGING,
    "role:analyst": READING,
    "role:staff": frozenset({"backoffice.enter"}),
    "device": frozenset({"till.sign_on"}),
    "till": frozenset({"till.sign_on", "till.use"}),
    "customer": frozenset({"portal.use"}),
    "user": frozenset({"shops.choose", "shops.open"}),
    "scope:read": frozenset(
        {
            "api.customers.read",
            "api.kpis.read",
            "api.ledger.read",
            "api.program.read",
            "api.purchases.preview",
            "api.referrals.read",
            "api.rewards.read",
        }
    ),
    "scope:redeem": frozenset({"api.rewards.read", "api.rewards.redeem"}),
    "scope:write": frozenset(
        {
            "api.customers.erase",
            "api.customers.merge",
            "api.customers.write",
            "api.points.adjust",
            "api.purchases.claim",
            "api.purchases.preview",
            "api.purchases.return",
            "api.purchases.void",
            "api.purchases.write",
            "api.referrals.write",
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
    # Held back until a second factor has been shown.
    held_back: frozenset[str] = frozenset()

    def may(self, capability: str) -> bool:
        return capability in self.capabilities

    def could(self, capability: str) -> bool:
        """For menus and buttons: what a second factor opens is shown before it is given."""
        return capability in self.capabilities or capability in self.held_back


SYSTEM: Final = Actor(reference="system")


def capabilities_of(*holders: str) -> frozenset[str]:
    """All capabilities of the given roles, scopes or kinds; unknown names hold none."""
    return frozenset().union(*(CAPABILITIES.get(holder, frozenset()) for holder in holders))


def held_back(capabilities: frozenset[str], *, second_factor_age: timedelta | None) -> frozenset[str]:
    """Those of them that need a second factor, or a newer one than was shown this long ago."""
    return frozenset(
        capability
        for capability in capabilities & SECOND_FACTOR.keys()
        if second_factor_age is None or second_factor_age > SECOND_FACTOR[capability]
    )
