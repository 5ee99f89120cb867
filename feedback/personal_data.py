"""What this app holds about a customer: every question and its answer, and why a consent was withdrawn."""

from customers.export import Row, holds, stored
from customers.models import Customer
from feedback.departures import departures_of
from feedback.queries import responses_of


@holds("feedback")
def _feedback(customer: Customer) -> list[Row]:
    return [stored(response, without={"settled_by"}) for response in responses_of(customer)]


@holds("reasons_for_leaving")
def _reasons_for_leaving(customer: Customer) -> list[Row]:
    return [stored(departure, without={"once"}) for departure in departures_of(customer)]
