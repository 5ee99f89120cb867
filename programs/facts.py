"""What no purchase may be, whether it is recorded, previewed or read in."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from customers.errors import CustomerBlocked
from customers.models import Customer
from programs.errors import ForeignCurrency
from tenants.errors import Invalid
from tenants.scope import current_tenant, refuse_closed

# A till's clock may run a little ahead of ours.
CLOCK_TOLERANCE = timedelta(minutes=10)


def refuse_bad_purchase(*, customer: Customer | None, currency: str, purchased_at: datetime, now: datetime) -> None:
    """Raise ShopClosed, ForeignCurrency, Invalid (in the future) or CustomerBlocked."""
    refuse_closed()
    refuse_foreign_currency(currency)
    refuse_future(purchased_at, now=now)
    if customer is not None:
        refuse_blocked(customer)


def refuse_foreign_currency(currency: str) -> None:
    if currency != current_tenant().currency:
        raise ForeignCurrency(field="currency", currency=current_tenant().currency)


def refuse_future(purchased_at: datetime, *, now: datetime) -> None:
    if purchased_at > now + CLOCK_TOLERANCE:
        raise Invalid(_("The purchase lies in the future."), field="purchased_at")


def refuse_blocked(customer: Customer) -> None:
    if customer.status != Customer.Status.ACTIVE:
        raise CustomerBlocked
