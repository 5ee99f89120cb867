"""What this app holds about a customer."""

from customers.export import Row, holds, stored
from customers.models import Customer
from messaging.queries import messages_to


@holds("messages")
def _messages(customer: Customer) -> list[Row]:
    return [stored(message) for message in messages_to(customer).order_by("pk")]
