"""Two tills at once, and a failure after every single statement: never half an award, never a point twice."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from customers.models import Customer
from events.models import Event
from ledger import queries as ledger
from ledger.book import Voucher, open_book
from ledger.errors import InsufficientPoints
from ledger.idempotency import Answer, answer_once
from ledger.models import Account, Entry, IdempotencyKey, Lot, LotUse
from programs.errors import AlreadyVoided, ReceiptAlreadyRecorded
from programs.models import Purchase
from programs.services import void_purchase
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_purchase, make_shop

ROUNDS = 20


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads that start together; an exception is a result like any other."""
    start = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[index] = act()
        except Exception as error:  # noqa: BLE001 - a refusal is a result
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index, act)) for index, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_of_two_tills_that_redeem_the_last_hundred_points_one_wins(shop: Shop) -> None:
    def redeem(account_id: int) -> bool:
        with shop.scope(), open_book(account_id, now=NOW) as book:
            book.spend(100, Voucher(actor=SYSTEM, occurred_at=NOW))
        return True

    for _ in range(ROUNDS):
        with shop.scope():
            jana = make_customer()
            make_purchase(customer=jana, total=1000)
            account_id = ledger.account_of(jana).pk
        results = at_once(partial(redeem, account_id), partial(redeem, account_id))
        assert sorted(type(result).__name__ for result in results) == ["InsufficientPoints", "bool"]
    with shop.scope():
        assert ledger.unsound_accounts() == {}
        assert not Account.objects.exclude(balance=0).exists()


@pytest.mark.django_db(transaction=True)
def test_awards_voids_and_redemptions_of_one_account_from_eight_tills_stay_sound(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        purchases = [make_purchase(customer=jana, total=1000).purchase for _ in range(8)]
        account_id = ledger.account_of(jana).pk

    def award() -> None:
        with shop.scope():
            make_purchase(customer=jana, total=990)

    def void(purchase: Purchase) -> None:
        with shop.scope():
            void_purchase(purchase=purchase, actor=SYSTEM, now=NOW)

    def redeem() -> None:
        with shop.scope(), open_book(account_id, now=NOW) as book:
            book.spend(50, Voucher(actor=SYSTEM, occurred_at=NOW))

    acts: list[Callable[[], None]] = []
    for purchase in purchases:
        acts += [award, partial(void, purchase), redeem]
    for batch in range(0, len(acts), 8):
        results = at_once(*acts[batch : batch + 8])
        assert all(result is None or isinstance(result, InsufficientPoints) for result in results), results
    with shop.scope():
        assert ledger.unsound_accounts() == {}
        redeemed = Entry.objects.filter(kind=Entry.Kind.REDEEM).count()
        assert Account.objects.get(pk=account_id).balance == 8 * 99 - 50 * redeemed


@pytest.mark.django_db(transaction=True)
def test_two_voids_of_one_purchase_at_once_take_back_once(shop: Shop) -> None:
    for customer in (True, False):
        with shop.scope():
            purchase = make_purchase(customer=make_customer() if customer else None).purchase

        def void(purchase: Purchase = purchase) -> bool:
            with shop.scope():
                void_purchase(purchase=Purchase.objects.get(pk=purchase.pk), actor=SYSTEM, now=NOW)
            return True

        results = at_once(void, void)
        assert sorted(type(result) is bool for result in results) == [False, True]
        assert any(isinstance(result, AlreadyVoided) for result in results)
    with shop.scope():
        assert ledger.unsound_accounts() == {}


@pytest.mark.django_db(transaction=True)
def test_one_receipt_at_two_tills_at_once_is_recorded_once(shop: Shop) -> None:
    with shop.scope():
        people = [make_customer(), make_customer()]

    def record(customer: Customer) -> bool:
        with shop.scope():
            make_purchase(customer=customer, receipt_number="R1")
        return True

    results = at_once(*(partial(record, person) for person in people))
    assert sorted(type(result).__name__ for result in results) == ["ReceiptAlreadyRecorded", "bool"]
    assert any(isinstance(result, ReceiptAlreadyRecorded) for result in results)


class Failpoint(Exception):
    """The planted failure."""


class FailAfter:
    """Fails when the given statement has been executed; counts how many there are."""

    def __init__(self, statement: int) -> None:
        self.statement = statement
        self.seen = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        self.seen += 1
        if self.seen == self.statement:
            raise Failpoint
        return result


def state(shop: Shop) -> dict[str, Any]:
    """Everything that an award or a void could leave half-done."""
    with shop.scope():
        assert ledger.unsound_accounts() == {}
        return {
            "accounts": list(Account.objects.order_by("pk").values()),
            "entries": Entry.objects.count(),
            "lots": list(Lot.objects.order_by("pk").values("pk", "remaining")),
            "uses": LotUse.objects.count(),
            "purchases": list(Purchase.objects.order_by("pk").values("pk", "points", "voided_at")),
            "events": Event.objects.count(),
            "keys": IdempotencyKey.objects.count(),
        }


def fail_after_every_statement(shop: Shop, act: Callable[[], None]) -> int:
    """Run `act` with a failure after its first, second, … trip to the database until it gets through; their number."""
    before = state(shop)
    for statement in range(1, 200):
        failpoint = FailAfter(statement)
        try:
            with connection.execute_wrapper(failpoint):
                act()
        except Failpoint:
            assert state(shop) == before, f"something stayed after statement {statement}"
        else:
            assert state(shop) != before
            return statement - 1
    raise AssertionError("it never got through")


@pytest.mark.django_db(transaction=True)
def test_a_failure_after_any_statement_of_an_award_leaves_nothing() -> None:
    shop = make_shop()
    with shop.scope():
        jana = make_customer()
        make_purchase(customer=jana, total=49_900)

    def award() -> None:
        def act() -> Answer:
            make_purchase(customer=jana, total=2490, store=shop.store, receipt_number="R1")
            return Answer(status=201, body={})

        with shop.scope():
            answer_once(key="k", asked="h", now=NOW, act=act)

    # What nobody waits for travels with the next statement, and most of it with the COMMIT.
    assert fail_after_every_statement(shop, award) >= 3


@pytest.mark.django_db(transaction=True)
def test_a_failure_after_any_statement_of_a_void_leaves_nothing() -> None:
    shop = make_shop()
    with shop.scope():
        jana = make_customer()
        make_purchase(customer=jana, total=1000)
        purchase = make_purchase(customer=jana, total=50_000).purchase
        with open_book(ledger.account_of(jana).pk, now=NOW) as book:
            book.spend(5050, Voucher(actor=SYSTEM, occurred_at=NOW))

    def void() -> None:
        with shop.scope():
            void_purchase(purchase=Purchase.objects.get(pk=purchase.pk), actor=SYSTEM, now=NOW)

    assert fail_after_every_statement(shop, void) >= 8
