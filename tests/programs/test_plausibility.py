"""Staff do not book points for themselves at a till, and a day has its limits; machines are not asked."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Customer
from programs import plausibility
from programs.earning import TierTerms
from programs.errors import OwnAccount, TooManyBookings
from programs.models import Purchase
from programs.plausibility import CUSTOMER_PER_DAY, MEMBER_PER_DAY
from programs.queries import preview
from programs.services import void_purchase
from programs.terms import terms_at
from team.queries import till_actor
from tenants.roles import SYSTEM, Actor
from tests.factories import NOW, Shop, make_customer, make_device, make_member, make_purchase, make_user

pytestmark = pytest.mark.django_db


def mia_at_the_till(shop: Shop, *, email: str = "") -> Actor:
    device, _ = make_device(store=shop.store)
    return till_actor(make_member(role="staff", user=make_user(email), pin="4711"), device)


def refuses(error: type[Exception], customer: Customer, actor: Actor, *, now: datetime = NOW) -> bool:
    """Booking and its preview agree."""
    with pytest.raises(error):
        make_purchase(customer=customer, actor=actor, now=now)
    with pytest.raises(error):
        preview(customer=customer, total=100, currency="EUR", actor=actor, purchased_at=now, now=now)
    return True


def book_in_bulk(actor: Actor, count: int) -> None:
    """As if so many others had been served today."""
    version = terms_at(NOW).version_id
    Purchase.objects.bulk_create(
        Purchase(
            device_id=actor.device_id,
            actor=actor.reference,
            program_version_id=version,
            total=100,
            currency="EUR",
            purchased_at=NOW,
            purchased_on=NOW.date(),
            recorded_at=NOW,
        )
        for _ in range(count)
    )


# --- One's own account ----------------------------------------------------------------------------------------------


def test_staff_cannot_book_for_themselves_but_a_colleague_can(shop: Shop) -> None:
    with shop.scope():
        mia, selin = mia_at_the_till(shop, email="Mia@Example.org"), mia_at_the_till(shop)
        account = make_customer(email="mia@example.org")
        assert refuses(OwnAccount, account, mia)
        make_purchase(customer=account, actor=selin)


def test_customers_without_an_address_and_the_same_address_in_another_shop_are_nobody_s_own(
    shops: tuple[Shop, Shop],
) -> None:
    with shops[0].scope():
        mia = mia_at_the_till(shops[0], email="mia@example.org")
        make_purchase(customer=make_customer(), actor=mia)
    with shops[1].scope():
        make_purchase(customer=make_customer(email="mia@example.org"), actor=mia_at_the_till(shops[1]))


def test_a_machine_books_for_whomever_its_owner_wants(shop: Shop) -> None:
    with shop.scope():
        mia = mia_at_the_till(shop, email="mia@example.org")
        account = make_customer(email="mia@example.org")
        for actor in (SYSTEM, Actor(reference="key:1", id=mia.id)):
            make_purchase(customer=account, actor=actor)


# --- How much a day can hold ----------------------------------------------------------------------------------------


def test_a_customer_is_served_twenty_times_a_day_at_all_tills_together(shop: Shop) -> None:
    with shop.scope():
        mia, selin = mia_at_the_till(shop), mia_at_the_till(shop)
        jana = make_customer()
        booked = [
            make_purchase(customer=jana, actor=mia if number % 2 else selin) for number in range(CUSTOMER_PER_DAY - 1)
        ]
        booked.append(make_purchase(customer=jana, actor=mia))
        assert refuses(TooManyBookings, jana, mia)
        assert refuses(TooManyBookings, jana, selin)
        make_purchase(customer=make_customer(name="Timo"), actor=mia)
        make_purchase(customer=jana, actor=SYSTEM)
        void_purchase(purchase=booked[0].purchase, actor=mia, now=NOW)
        make_purchase(customer=jana, actor=mia)
        assert refuses(TooManyBookings, jana, mia)


def test_a_day_ends_at_the_shop_s_midnight(shop: Shop) -> None:
    midnight = datetime(2026, 3, 11, tzinfo=ZoneInfo("Europe/Berlin"))
    before, after = midnight - timedelta(seconds=1), midnight
    with shop.scope():
        mia, jana = mia_at_the_till(shop), make_customer()
        for _ in range(CUSTOMER_PER_DAY):
            make_purchase(customer=jana, actor=mia, now=before)
        assert refuses(TooManyBookings, jana, mia, now=before)
        make_purchase(customer=jana, actor=mia, now=after)


def test_one_person_at_one_till_books_so_often_a_day_and_not_once_more(shop: Shop) -> None:
    with shop.scope():
        mia, selin = mia_at_the_till(shop), mia_at_the_till(shop)
        book_in_bulk(mia, MEMBER_PER_DAY - 1)
        make_purchase(customer=make_customer(), actor=mia)
        assert refuses(TooManyBookings, make_customer(), mia)
        make_purchase(customer=make_customer(), actor=selin)


def test_the_other_shop_s_bookings_do_not_count(shops: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plausibility, "CUSTOMER_PER_DAY", 1)
    monkeypatch.setattr(plausibility, "MEMBER_PER_DAY", 1)
    for shop in shops:
        with shop.scope():
            make_purchase(customer=make_customer(), actor=mia_at_the_till(shop))


# --- The discount that a till subtracts -----------------------------------------------------------------------------


def tier(percent: int) -> TierTerms:
    return TierTerms(id=1, code="gold", name="Gold", rank=2, threshold=0, factor_percent=100, discount_percent=percent)


@pytest.mark.parametrize(
    ("percent", "price", "left"),
    [(0, 2490, 2490), (5, 2490, 2365), (5, 10, 9), (5, 9, 9), (10, 2495, 2245), (100, 1, 0), (50, 1, 0), (3, 0, 0)],
)
def test_half_a_cent_of_discount_is_the_customer_s(percent: int, price: int, left: int) -> None:
    assert tier(percent).discounted(price) == left


@given(percent=st.integers(0, 100), price=st.integers(0, 10_000_000_000))
def test_a_discount_is_never_off_by_more_than_half_a_cent_and_never_negative(percent: int, price: int) -> None:
    left = tier(percent).discounted(price)
    assert 0 <= left <= price
    assert abs(100 * left - price * (100 - percent)) <= 50
