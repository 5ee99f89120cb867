"""Enrolling the people of a file together: those who are known are found, the others get number and card."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from customers.models import Card, Customer
from customers.numbers import new_card_token, new_number
from customers.services import fill
from tenants import bulk
from tenants.scope import refuse_closed

CUSTOMER = (
    *("public_id", "number", "status", "name", "name_key", "surname_key", "email", "phone", "language", "external_id"),
    *("source", "enrolled_at"),
)
CARD = ("customer_id", "token", "issued_at")
_customer_row = attrgetter(*CUSTOMER)
# A number that is taken, or somebody who enrols the same people right now, costs another round.
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody under the reference that another system knows them by."""

    external_id: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The customers by external id, and how many of them are new."""

    customers: dict[str, Customer]
    new: int


def enrol_all(people: Sequence[Person], *, source: str, now: datetime) -> Enrolled:
    """Find or enrol everybody. Who has no external id yet is recognised by e-mail.

    An e-mail address stays with the customer who has it. No events are published.
    """
    refuse_closed()
    wanted = {person.external_id: person for person in people}
    customers = _by_external_id(wanted)
    _adopt([person for person in people if person.external_id not in customers], customers)
    new = 0
    for _ in range(ROUNDS):
        missing = sorted(wanted.keys() - customers.keys())
        if not missing:
            break
        enrolled = _enrol([wanted[external_id] for external_id in missing], source=source, now=now)
        new += len(enrolled)
        customers |= enrolled
        if len(enrolled) < len(missing):
            customers |= _by_external_id(missing)
    return Enrolled(customers=customers, new=new)


def _enrol(people: Sequence[Person], *, source: str, now: datetime) -> dict[str, Customer]:
    """Those who could be enrolled, in the order of their references: two imports never wait in a ring."""
    taken = {customer.email for customer in _with_email(people)}
    customers = []
    for person in people:
        customer = Customer(number=new_number(), source=source, enrolled_at=now)
        email = "" if person.email in taken else person.email
        fill(customer, name=person.name, email=email, external_id=person.external_id)
        taken.add(customer.email)
        customers.append(customer)
    rows = (_customer_row(customer) for customer in customers)
    ids = bulk.insert_returning(Customer, CUSTOMER, rows, known_by=("external_id",), skip_conflicts=True)
    bulk.insert(Card, CARD, ((pk, new_card_token(), now) for pk in sorted(ids.values())))
    enrolled = {}
    for customer in customers:
        customer.pk = ids.get((customer.external_id,))
        if customer.pk is not None:
            enrolled[customer.external_id] = customer
    return enrolled


def _adopt(people: Sequence[Person], customers: dict[str, Customer]) -> None:
    """Give the reference to customers who are known by their e-mail address only."""
    nameless = {customer.email: customer for customer in _with_email(people) if not customer.external_id}
    for person in people:
        customer = nameless.pop(person.email, None)
        if customer is not None:
            customer.external_id = person.external_id
            customer.save(update_fields=["external_id"])
            customers[person.external_id] = customer


def _with_email(people: Sequence[Person]) -> list[Customer]:
    emails = [person.email for person in people if person.email]
    return list(Customer.objects.filter(email__in=emails)) if emails else []


def _by_external_id(references: Collection[str]) -> dict[str, Customer]:
    found = Customer.objects.filter(external_id__in=references)
    return {customer.external_id: customer for customer in found}
