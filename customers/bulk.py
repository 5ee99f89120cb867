"""Enrolling the people of a file together: those who are known are found, the others get number and card."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from customers.contact import search_key
from customers.models import Card, Customer, CustomerTag, Tag
from customers.numbers import new_card_token, new_numbers
from customers.queries import customers_by
from customers.services import fill
from tenants import bulk
from tenants.contact import normal_name
from tenants.scope import refuse_closed

CUSTOMER = (
    *("public_id", "number", "status", "name", "name_key", "surname_key", "email", "email_key", "phone", "birth_month"),
    *("birth_day", "language", "external_id", "source", "import_id", "enrolled_at"),
)
CARD = ("customer_id", "token", "issued_at")
PERSON = ("name", "email", "phone", "birthday", "language", "external_id")
_customer_row = attrgetter(*CUSTOMER)
# A number that is taken, or somebody who enrols the same people right now, costs another round.
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as another system knows them. A birthday is month and day, `MM-DD`."""

    external_id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    birthday: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The customers by external id, and those of them who are new."""

    customers: dict[str, Customer]
    new: list[Customer]


def enrol_all(people: Sequence[Person], *, source: str, now: datetime, import_id: int | None = None) -> Enrolled:
    """Find or enrol everybody by their external ids. Who has none yet is recognised by e-mail.

    An e-mail address stays with the customer who has it. No events are published.
    """
    refuse_closed()
    wanted = {person.external_id: person for person in people}
    customers = customers_by("external_id", wanted)
    _adopt([person for person in people if person.external_id not in customers], customers)
    new: list[Customer] = []
    for _ in range(ROUNDS):
        missing = sorted(wanted.keys() - customers.keys())
        if not missing:
            break
        strangers = _without_taken_addresses([wanted[external_id] for external_id in missing])
        tried = enrol_strangers(strangers, source=source, now=now, import_id=import_id)
        enrolled = [customer for customer in tried if customer is not None]
        new += enrolled
        customers |= {customer.external_id: customer for customer in enrolled}
        if len(enrolled) < len(missing):
            customers |= customers_by("external_id", missing)
    return Enrolled(customers=customers, new=new)


def enrol_strangers(
    people: Sequence[Person], *, source: str, now: datetime, import_id: int | None = None
) -> list[Customer | None]:
    """Enrol people nobody knows, in their order: two imports that sort them never wait in a ring.

    None stands for whoever turns out to be known after all. No events are published.
    """
    refuse_closed()
    customers = []
    for person, number in zip(people, new_numbers(len(people)), strict=True):
        customer = Customer(number=number, source=source, import_id=import_id, enrolled_at=now)
        fill(customer, **{field: value for field in PERSON if (value := getattr(person, field))})
        customers.append(customer)
    rows = (_customer_row(customer) for customer in customers)
    ids = bulk.insert_returning(Customer, CUSTOMER, rows, known_by=("number",), skip_conflicts=True)
    bulk.insert(Card, CARD, ((pk, new_card_token(), now) for pk in sorted(ids.values())))
    for customer in customers:
        customer.pk = ids.get((customer.number,), 0)
    return [customer if customer.pk else None for customer in customers]


def adopt(customer: Customer, external_id: str) -> None:
    """Give the external id of a file to somebody who was known without one."""
    customer.external_id = external_id
    customer.save(update_fields=["external_id"])


def tag_all(wanted: Collection[tuple[int, str]]) -> None:
    """Put tags on customers, given as customer id and word; tags that do not exist yet are made."""
    words: dict[str, str] = {}
    for _, word in wanted:
        words.setdefault(search_key(word), normal_name(word))
    words.pop("", None)
    tags = ((word, key) for key, word in sorted(words.items()))
    bulk.insert_returning(Tag, ("name", "key"), tags, known_by=("key",), skip_conflicts=True)
    ids = dict(Tag.objects.filter(key__in=words).values_list("key", "pk"))
    pairs = {(customer_id, ids[key]) for customer_id, word in wanted if (key := search_key(word)) in ids}
    bulk.insert_returning(
        CustomerTag, ("customer_id", "tag_id"), sorted(pairs), known_by=("customer_id", "tag_id"), skip_conflicts=True
    )


def _adopt(people: Iterable[Person], customers: dict[str, Customer]) -> None:
    """Those who are known by their e-mail address only; they are noted in `customers`."""
    people = [person for person in people if person.email]
    found = Customer.objects.filter(email__in=[person.email for person in people]) if people else []
    nameless = {customer.email: customer for customer in found if not customer.external_id}
    for person in people:
        customer = nameless.pop(person.email, None)
        if customer is not None:
            adopt(customer, person.external_id)
            customers[person.external_id] = customer


def _without_taken_addresses(people: Sequence[Person]) -> list[Person]:
    """An address that somebody has already, or that comes twice, stays with the first."""
    emails = [person.email for person in people if person.email]
    taken = set(Customer.objects.filter(email__in=emails).values_list("email", flat=True)) if emails else set()
    strangers = []
    for person in people:
        email = "" if person.email in taken else person.email
        strangers.append(Person(external_id=person.external_id, name=person.name, email=email))
        taken.add(person.email)
    return strangers
