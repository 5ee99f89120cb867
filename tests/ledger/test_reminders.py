"""Points that expire are announced thirty and seven days before, once, whatever becomes of the nightly job."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from events.models import Event
from ledger import jobs
from ledger import queries as ledger
from ledger.book import open_book, open_book_of
from ledger.jobs import remind_of_expiry
from ledger.models import ExpiryReminder
from ledger.services import close_accounts
from tests.factories import NOW, Shop, make_customer
from tests.ledger.test_ledger import DAY, earn, voucher
from tests.ledger.test_races_and_failures import at_once

pytestmark = pytest.mark.django_db
LAST_DAY = date(2026, 6, 30)
# The first moment of 1 July in Berlin.
EXPIRES_AT = datetime.fromisoformat("2026-07-01T00:00:00+02:00")


def morning(days_before: int) -> datetime:
    return EXPIRES_AT - timedelta(hours=18) - days_before * DAY


def holder(shop: Shop, points: int = 40, *, expires_at: datetime = EXPIRES_AT) -> int:
    """The key of a customer whose points expire."""
    with shop.scope():
        customer = make_customer()
        with open_book(ledger.account_of(customer).pk, now=NOW) as book:
            earn(book, points, expires_in=expires_at - NOW)
            earn(book, 5)
    return customer.pk


def told(shop: Shop) -> list[tuple[int, int, str, int]]:
    with shop.scope():
        payloads = [event.payload for event in Event.objects.filter(name="points.expiring").order_by("pk")]
    return [(each["customer"], each["points"], each["last_day"], each["days_ahead"]) for each in payloads]


def every_morning(shop: Shop, days: range) -> None:
    for days_before in days:
        remind_of_expiry(shop.tenant, now=morning(days_before))


def test_thirty_and_seven_days_before_their_last_day_points_are_announced(shops: tuple[Shop, Shop]) -> None:
    jana = holder(shops[0])
    holder(shops[1])
    every_morning(shops[0], range(34, 30, -1))
    assert told(shops[0]) == []
    remind_of_expiry(shops[0].tenant, now=morning(30))
    assert told(shops[0]) == [(jana, 40, "2026-06-30", 30)]
    every_morning(shops[0], range(29, 7, -1))
    assert len(told(shops[0])) == 1
    every_morning(shops[0], range(7, -1, -1))
    assert told(shops[0]) == [(jana, 40, "2026-06-30", 30), (jana, 40, "2026-06-30", 7)]
    assert told(shops[1]) == []


@pytest.mark.parametrize(
    ("mornings", "distances"),
    [
        ([28], [30]),
        ([10], [30]),
        ([7], [7]),
        ([3], [7]),
        ([0], [7]),
        ([-1], []),
        ([12, 2], [30, 7]),
        ([30, 1], [30, 7]),
    ],
)
def test_days_that_the_job_missed_are_made_up_for_and_nobody_is_told_twice(
    shop: Shop, mornings: list[int], distances: list[int]
) -> None:
    holder(shop)
    for days_before in mornings:
        remind_of_expiry(shop.tenant, now=morning(days_before))
        remind_of_expiry(shop.tenant, now=morning(days_before) + timedelta(hours=2))
    assert [days_ahead for *_, days_ahead in told(shop)] == distances


def test_only_what_is_left_is_announced_and_each_day_for_itself(shop: Shop) -> None:
    jana = holder(shop)
    with shop.scope(), open_book(ledger.account_of(make_customer()).pk, now=NOW) as book:
        earn(book, 20, expires_in=EXPIRES_AT - NOW)
        book.spend(20, voucher())
    with shop.scope(), open_book_of(jana, now=NOW) as book:
        book.spend(15, voucher())
        earn(book, 7, expires_in=EXPIRES_AT - NOW + DAY)
    remind_of_expiry(shop.tenant, now=morning(20))
    assert told(shop) == [(jana, 25, "2026-06-30", 30), (jana, 7, "2026-07-01", 30)]


def test_who_has_left_is_told_nothing_and_a_closed_shop_tells_nobody(shop: Shop, monkeypatch: Any) -> None:
    jana = holder(shop)
    with shop.scope():
        close_accounts(customer_id=jana, now=NOW)
    assert remind_of_expiry(shop.tenant, now=morning(20)) == 0
    holder(shop)
    monkeypatch.setattr("django.utils.timezone.now", lambda: morning(20))
    shop.tenant.closed_at = NOW
    jobs.remind_in_the_morning(shop.tenant, morning(20).date())
    assert told(shop) == []
    shop.tenant.closed_at = None
    jobs.remind_in_the_morning(shop.tenant, morning(20).date())
    assert len(told(shop)) == 1


def test_what_is_over_is_forgotten(shop: Shop) -> None:
    holder(shop)
    remind_of_expiry(shop.tenant, now=morning(7))
    remind_of_expiry(shop.tenant, now=morning(0))
    with shop.scope():
        assert list(ExpiryReminder.objects.values_list("last_day", flat=True)) == [LAST_DAY]
    remind_of_expiry(shop.tenant, now=morning(-1))
    with shop.scope():
        assert not ExpiryReminder.objects.exists()


def test_a_run_that_was_cut_short_goes_on_where_it_stopped(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    customers = [holder(shop) for _ in range(5)]
    monkeypatch.setattr(jobs, "REMINDERS_AT_ONCE", 2)
    remind, chunks = jobs.remind, []

    def killed_in_the_second_chunk(due: Any, *, now: datetime) -> int:
        chunks.append(remind(due, now=now))
        if len(chunks) == 2:
            raise KeyboardInterrupt
        return chunks[-1]

    monkeypatch.setattr(jobs, "remind", killed_in_the_second_chunk)
    with pytest.raises(KeyboardInterrupt):
        remind_of_expiry(shop.tenant, now=morning(30))
    assert remind_of_expiry(shop.tenant, now=morning(30)) == 3
    assert sorted(customer for customer, *_ in told(shop)) == sorted(customers)


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_announce_each_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "REMINDERS_AT_ONCE", 3)
    customers = [holder(shop) for _ in range(12)]
    run = partial(remind_of_expiry, shop.tenant, now=morning(30))
    assert sum(at_once(run, run)) == len(customers)
    assert sorted(customer for customer, *_ in told(shop)) == sorted(customers)
