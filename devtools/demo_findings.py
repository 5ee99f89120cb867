"""What stands out in the demo café: somebody fetches for the office, a till that books at night, wrong codes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from analytics.services import watch_for_fraud
from customers.models import Customer
from events.services import publish
from programs.services import record_purchase
from rewards.redeeming import WRONG_NOTED_EVERY
from team.models import Device, Membership, Store
from team.queries import till_actor
from team.stores import set_opening_hours
from tenants.roles import SYSTEM
from tenants.scope import current_tenant

SHOP: Final = "morgenrot"
# Minutes since midnight; Sundays closed.
WORKDAY: Final = [(7 * 60, 19 * 60)]
SUNDAY: Final = 6
SMALL: Final = 260
# So that the small ones are smaller than usual.
USUAL: Final = 1290


def stand_out(
    slug: str,
    customers: Sequence[Customer],
    *,
    stores: list[Store],
    devices: list[Device],
    members: list[Membership],
    now: datetime,
) -> None:
    """Booked by the product's own services, and found by its own job; to be called in the shop's scope."""
    if slug != SHOP:
        return
    for store in stores:
        set_opening_hours(store=store, hours=[*[WORKDAY] * 6, []], actor=SYSTEM)
    till = till_actor(members[-1], devices[0])
    noon = (now.astimezone(current_tenant().zone) - timedelta(days=2)).replace(hour=12, minute=0)
    if noon.weekday() == SUNDAY:
        noon -= timedelta(days=1)
    fetches, late, *others = customers[40:50]
    bookings = [(fetches, SMALL, noon + timedelta(minutes=3 * number)) for number in range(6)]
    bookings += [(each, USUAL, noon - timedelta(minutes=10 + number)) for number, each in enumerate(others)]
    bookings += [(late, USUAL, noon + timedelta(hours=9, minutes=number)) for number in range(4)]
    for customer, total, moment in bookings:
        record_purchase(
            customer=customer,
            total=total,
            currency="EUR",
            store=stores[0],
            actor=till,
            purchased_at=moment,
            now=moment,
        )
    for minutes in (3, 8):
        publish(
            "redemption.codes_refused",
            actor=till_actor(members[-1], devices[-1]),
            occurred_at=noon + timedelta(minutes=minutes),
            codes=WRONG_NOTED_EVERY,
        )
    # Last night: whoever looks at the demo in the evening would else find today's sales after closing time.
    watch_for_fraud(now=noon.replace(hour=0) + timedelta(days=2))
