"""What nobody may book at a till, however honest it looks: points for oneself, and more than a day can hold."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from customers.models import Customer
from ledger.models import Entry
from programs.errors import OwnAccount, TooManyBookings
from programs.models import Purchase
from programs.rules import STAMPS
from team.models import Membership
from tenants.contact import normal_email
from tenants.money import decimal_amount
from tenants.roles import Actor
from tenants.scope import current_tenant

CUSTOMER_PER_DAY = 20
# One person at one till: two a minute, eight hours long.
MEMBER_PER_DAY = 960
# From here on an amount is more likely mistyped than paid at a till; in whole units, by what these are worth.
UNUSUAL: Final = 5_000
UNUSUAL_IN: Final = {
    "CZK": 100_000,
    "DKK": 50_000,
    "HUF": 2_000_000,
    "ISK": 500_000,
    "NOK": 50_000,
    "PLN": 20_000,
    "RON": 20_000,
    "SEK": 50_000,
}


def is_unusual(total: int, *, currency: str) -> bool:
    """Whether staff should be asked again before such a purchase is booked."""
    return decimal_amount(total, currency=currency) >= Decimal(UNUSUAL_IN.get(currency, UNUSUAL))


def refuse_implausible(*, customer: Customer, actor: Actor, now: datetime) -> None:
    """Raise OwnAccount or TooManyBookings where staff book at a till; machines are their owner's business."""
    if actor.device_id is None:
        return
    _refuse_own_account(customer, actor)
    local = now.astimezone(current_tenant().zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    today = Purchase.objects.filter(device__isnull=False, recorded_at__gte=midnight, voided_at=None)
    stamped = _standing_stamps(since=midnight)
    bookings = today.filter(customer=customer).count() + stamped.filter(account__customer=customer).count()
    if bookings >= CUSTOMER_PER_DAY:
        message = _("No more than %(count)s bookings a day are possible for a customer.")
        raise TooManyBookings(message % {"count": CUSTOMER_PER_DAY})
    own = {"device": actor.device_id, "actor": actor.reference}
    if today.filter(**own).count() + stamped.filter(**own).count() >= MEMBER_PER_DAY:
        message = _("One person cannot make more than %(count)s bookings a day at one till.")
        raise TooManyBookings(message % {"count": MEMBER_PER_DAY})


def booked_at_tills(*, since: datetime) -> QuerySet[Entry]:
    """Stamps that were given without a purchase, and redeemed cards."""
    kinds = (Entry.Kind.EARN, Entry.Kind.REDEEM)
    booked = Entry.objects.filter(device__isnull=False, purchase_id=None, created_at__gte=since, kind__in=kinds)
    return booked.filter(account__unit__startswith=STAMPS)


def _standing_stamps(*, since: datetime) -> QuerySet[Entry]:
    undone = Entry.objects.filter(account=OuterRef("account"), reverses=OuterRef("seq"))
    return booked_at_tills(since=since).filter(~Exists(undone))


def _refuse_own_account(customer: Customer, actor: Actor) -> None:
    """A member is known as a customer by the e-mail address that both have."""
    if not customer.email or actor.id is None:
        return
    own = Membership.objects.filter(pk=actor.id).values_list("user__email", flat=True).first()
    if own is not None and normal_email(own) == customer.email:
        raise OwnAccount
