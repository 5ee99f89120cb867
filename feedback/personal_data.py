"""What this app holds about a customer: every question and its answer."""

from customers.export import Row, holds, stored
from customers.models import Customer
from feedback.queries import responses_of


@holds("feedback")
def _feedback(customer: Customer) -> list[Row]:
    return [stored(response, without={"settled_by"}) for response in responses_of(customer)]
