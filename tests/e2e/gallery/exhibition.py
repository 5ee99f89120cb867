"""Two shops for the pages to show, alive and just opened, with keys to all doors."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from customers.models import Customer
from events.models import JobRun
from programs.services import void_purchase
from tenants.models import Tenant, User
from tests.e2e import people
from tests.e2e.people import Cookies, House, ago, park_a_reaction
from tests.factories import Shop, make_customer, make_member, make_purchase, make_shop

# Colours that a shop may have and that are hard in different ways, as its tenant's COLOUR_FIELD holds them.
COLOUR_FIELD = "brand_color"
COLOURS = {"dark": "#2b2117", "mid": "#b5482a", "yellow": "#ffe600"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Exhibition:
    """Made once for each worker.

    What one surface alone shows stands in its module: a function of the exhibition under `functools.cache`.
    """

    house: House
    new_shop: Shop
    stranger: User
    blocked: Customer
    rich: Customer
    till: Cookies
    member: Cookies
    user: Cookies


def exhibit(slug: str) -> Exhibition:
    house = people.open_house(slug)
    new_shop = make_shop(f"{slug}-neu", now=ago(days=1))
    with new_shop.scope():
        make_member(user=house.owner, name="Selin")
    with house.shop.scope():
        blocked = make_customer(name="Ben Vogel", now=ago(days=9))
        rich = make_customer(name="Rosa Winkler", now=ago(days=9), email=f"rosa@{slug}.example")
        Customer.objects.filter(pk=blocked.pk).update(status=Customer.Status.BLOCKED)
        mia = people.mia_at_the_till(house)
        bought = [
            make_purchase(customer=customer, total=total, store=house.shop.store, actor=mia, now=ago())
            for customer, total in ((rich, 250_000), (house.timo, 1_250), (house.jana, 2_490))
        ]
        void_purchase(purchase=bought[-1].purchase, actor=mia, now=ago(), reason="wrong_amount")
        park_a_reaction(house)
        for job, state, error in (
            ("ledger.settle", "done", ""),
            ("ledger.remind", "failed", "OperationalError at ledger/jobs.py:58 remind_in_the_morning"),
            ("programs.begin", "running", ""),
        ):
            JobRun.objects.create(
                job=job,
                due_on=ago(days=1).date(),
                state=state,
                error=error,
                leased_until=ago(),
                started_at=ago(hours=3),
                finished_at=None if state == "running" else ago(hours=2),
            )
    return Exhibition(
        house=house,
        new_shop=new_shop,
        stranger=people.signed_up(f"neu@{slug}.example"),
        blocked=blocked,
        rich=rich,
        till=people.bound_till(house),
        member=people.signed_in_member(house.shop, house.owner),
        user=people.signed_in_user(house.owner),
    )


@contextmanager
def painted(exhibition: Exhibition, colour: str) -> Iterator[None]:
    """The living shop, in another colour."""
    tenant = Tenant.objects.filter(pk=exhibition.house.shop.tenant.pk)
    own = tenant.values_list(COLOUR_FIELD, flat=True).get()
    tenant.update(**{COLOUR_FIELD: colour})
    yield
    tenant.update(**{COLOUR_FIELD: own})


@contextmanager
def speaking(exhibition: Exhibition, language: str) -> Iterator[None]:
    """The living shop speaks this language with its customers; the team's follows its browser."""
    shop = exhibition.house.shop
    tenant = Tenant.objects.filter(pk=shop.tenant.pk)
    own = tenant.values_list("language", flat=True).get()
    tenant.update(language=language)
    with shop.scope():
        Customer.objects.update(language=language)
    yield
    tenant.update(language=own)
    with shop.scope():
        Customer.objects.update(language="")
