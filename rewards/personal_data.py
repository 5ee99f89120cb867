"""What this app holds about a customer: every reward that was taken."""

from customers.export import Row, holds, plain
from customers.models import Customer
from rewards.queries import redemptions_of
from tenants.money import decimal_amount
from tenants.scope import current_tenant


@holds("redemptions")
def _redemptions(customer: Customer) -> list[Row]:
    currency = current_tenant().currency
    return [
        {
            "id": plain(redemption.public_id),
            "reward": redemption.reward.name,
            "state": redemption.state,
            "reference": redemption.reference,
            "points": redemption.points,
            "value": None if redemption.value is None else plain(decimal_amount(redemption.value, currency=currency)),
            "issued_at": plain(redemption.issued_at),
            "expires_at": plain(redemption.expires_at),
            "used_at": plain(redemption.used_at),
            "closed_at": plain(redemption.closed_at),
            "store": redemption.store.name if redemption.store else None,
        }
        for redemption in redemptions_of(customer)
    ]
