"""What the ledger does when something happens below it."""

from events.models import Event
from events.registry import handles
from ledger.services import close_accounts


@handles("customer.erased", in_transaction=True)
def credit_nothing_more(event: Event) -> None:
    """The figures stay; an award that was waiting for the account finds it closed."""
    close_accounts(customer_id=event.payload["customer"], now=event.occurred_at)
