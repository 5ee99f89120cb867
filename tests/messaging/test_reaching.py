"""Who can be reached by e-mail is asked of many at once, and the answer is the one that each of them would get."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from customers.models import Consent, Customer
from messaging.kinds import kinds
from messaging.models import Message
from messaging.queries import hindrance, reachable_by_mail
from tests.factories import NOW, Shop, make_customer

pytestmark = pytest.mark.django_db


def reachable(name: str) -> Customer:
    email = f"{name}@example.org"
    customer = make_customer(name=name, email=email)
    Customer.objects.filter(pk=customer.pk).update(email_confirmed_at=NOW)
    Consent.objects.create(customer=customer, channel="email", address=email, requested_at=NOW, confirmed_at=NOW)
    return customer


def changed(**values: Any) -> Callable[[Customer], object]:
    return lambda customer: Customer.objects.filter(pk=customer.pk).update(**values)


def consent(**values: Any) -> Callable[[Customer], object]:
    return lambda customer: Consent.objects.filter(customer=customer).update(**values)


def came_back(customer: Customer) -> None:
    Message.objects.create(
        customer=customer,
        kind="welcome",
        once="",
        address=customer.email,
        state=Message.State.BOUNCED,
        reason="refused",
        posted_at=NOW,
        bounced_at=NOW + timedelta(days=1),
    )


def test_it_agrees_with_what_stands_in_the_way_of_each(shop: Shop, other_shop: Shop) -> None:
    advertising = next(kind for kind in kinds() if kind.is_marketing)
    obstacles = {
        "blocked": changed(status="blocked"),
        "nowhere": changed(email=""),
        "unproven": changed(email_confirmed_at=None),
        "moved": changed(email="neu@example.org"),
        "asked": consent(confirmed_at=None),
        "withdrew": consent(withdrawn_at=NOW),
        "silent": consent(channel="sms"),
        "returned": came_back,
    }
    with other_shop.scope():
        reachable("fremd")
    with shop.scope():
        reachable("jana")
        for name, put in obstacles.items():
            put(reachable(name))
        names = set(reachable_by_mail(Customer.objects.all()).values_list("name", flat=True))
        assert names == {each.name for each in Customer.objects.all() if not hindrance(advertising, each)} == {"jana"}
