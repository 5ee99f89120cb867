"""Refusals and faults, as people see them."""

from tests.e2e import people
from tests.e2e.gallery.visit import Visit, state


@state
def error_not_found(visit: Visit) -> None:
    visit.open("/niemand/")


@state
def error_no_access(visit: Visit) -> None:
    visit.carry(people.signed_in_member(visit.house.shop, visit.house.analyst))
    visit.open("/backoffice/operations/")


@state
def error_bad_request(visit: Visit) -> None:
    visit.rendered("400.html")


@state
def error_throttled(visit: Visit) -> None:
    visit.rendered("429.html")


@state
def error_server(visit: Visit) -> None:
    visit.rendered("500.html")
