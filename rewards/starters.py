"""What a shop may begin with: a few rewards by trade, as drafts. What only the merchant knows stays empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rewards.models import Reward
from rewards.services import RewardDraft, create_reward
from tenants.models import Tenant
from tenants.money import minor_units
from tenants.roles import Actor
from tenants.scope import current_tenant

Kind = Reward.Kind


@dataclass(frozen=True, slots=True)
class Starter:
    """A reward to begin with; `units` of the currency where it is a discount."""

    name: Any
    points: int
    icon: str
    kind: Reward.Kind = Kind.PRODUCT
    units: int | None = None

    def draft(self) -> RewardDraft:
        value = None if self.units is None else minor_units(Decimal(self.units), currency=current_tenant().currency)
        return RewardDraft(kind=self.kind, name=str(self.name), points=self.points, icon=self.icon, value=value)


_DISCOUNTS: Final = (
    Starter(_("Discount for 500 points"), 500, "euro", Kind.AMOUNT, units=5),
    Starter(_("Discount for 1,000 points"), 1_000, "euro", Kind.AMOUNT, units=10),
)
STARTERS: Final[Mapping[str, tuple[Starter, ...]]] = {
    Tenant.Trade.CAFE: (
        Starter(_("Cappuccino"), 500, "cup"),
        Starter(_("Piece of cake"), 700, "cake"),
        Starter(_("Breakfast for two"), 4_000, "bowl"),
    ),
    Tenant.Trade.SALON: (
        Starter(_("Hair treatment"), 1_000, "scissors"),
        Starter(_("Care product to take home"), 2_000, "bag"),
    ),
    Tenant.Trade.RETAIL: (*_DISCOUNTS, Starter(_("A small surprise"), 300, "gift", Kind.GIFT)),
    Tenant.Trade.ONLINE: (*_DISCOUNTS, Starter(_("Free shipping"), 300, "box", Kind.SHIPPING)),
}


def starters() -> tuple[Starter, ...]:
    """For the trade of this shop."""
    return STARTERS[current_tenant().trade]


def start_with_samples(*, actor: Actor, now: datetime) -> list[Reward]:
    """As drafts, in a shop without rewards; otherwise nothing. Raises ShopClosed."""
    with transaction.atomic():
        if Reward.objects.exists():
            return []
        return [create_reward(draft=starter.draft(), actor=actor, now=now) for starter in starters()]
