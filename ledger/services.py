"""Opening and closing accounts; all writing to them goes through their book."""

from datetime import datetime

from customers.models import Customer
from ledger.models import POINTS, Account


def open_account(
    *, customer: Customer, program_id: int, tier_id: int | None, now: datetime, unit: str = POINTS
) -> Account:
    return Account.objects.create(customer=customer, program_id=program_id, tier_id=tier_id, unit=unit, opened_at=now)


def close_accounts(*, customer_id: int, now: datetime) -> None:
    """No more credits and redemptions; what is there stays and expires like any other."""
    Account.objects.filter(customer_id=customer_id, closed_at=None).update(closed_at=now)
