"""An import is the same as recording every purchase by itself, in date order, for each customer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from customers.models import Customer
from customers.services import enrol
from imports.services import import_purchases
from imports.values import NOON
from ledger.book import Voucher, open_book
from ledger.models import Account, Entry, Lot
from ledger.queries import account_of, unsound_accounts
from programs.models import EarningRule, Program, ProgramVersion, Purchase, Tier, TierTerms
from programs.services import record_purchase, void_purchase
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, change_rules, make_shop

TODAY = NOW.date()
CUSTOMERS = ("Ada", "Ben", "Cem")


@dataclass(frozen=True)
class Row:
    customer: str
    days_ago: int
    total: int

    @property
    def day(self) -> date:
        return TODAY - timedelta(days=self.days_ago)


@dataclass(frozen=True)
class Case:
    """What the log says, what the shop promises, and what happened to the customers before."""

    rows: tuple[Row, ...]
    pending_days: int
    expiry_months: int | None
    second_version_days_ago: int
    # Ada had a purchase whose points were spent before it was voided; Ben has points that fall due by now.
    deficit: int
    due_days_ago: int


rows = st.builds(
    Row, st.sampled_from(CUSTOMERS), st.integers(1, 900), st.sampled_from([0, 1, 9, 999, 2490, 49_999, 70_000])
)
cases = st.builds(
    Case,
    rows=st.lists(rows, max_size=14).map(tuple),
    pending_days=st.sampled_from([0, 14, 400]),
    expiry_months=st.sampled_from([None, 1, 12]),
    second_version_days_ago=st.sampled_from([10, 300]),
    deficit=st.sampled_from([0, 50, 600]),
    due_days_ago=st.sampled_from([0, 20, 700]),
)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def prepare(shop: Shop, case: Case) -> None:
    """Two versions of the programme, and customers with a past."""
    with shop.scope():
        change_rules(
            starts_at=NOW - timedelta(days=800), pending_days=case.pending_days, expiry_months=case.expiry_months
        )
        starts_at = NOW - timedelta(days=case.second_version_days_ago)
        second = ProgramVersion.objects.create(
            program=Program.objects.get(), number=2, starts_at=starts_at, published_at=starts_at, pending_days=3
        )
        EarningRule.objects.create(version=second, kind="per_amount", points=7, per_minor=100)
        for tier, threshold, factor in zip(
            Tier.objects.order_by("rank"), (0, 1_000, 9_000), (100, 133, 150), strict=True
        ):
            TierTerms.objects.create(version=second, tier=tier, threshold=threshold, factor_percent=factor)
        ada, ben = (
            enrol(external_id=name, source="test", actor=SYSTEM, now=NOW - timedelta(days=1000))
            for name in CUSTOMERS[:2]
        )
        if case.deficit:
            owe(ada, case.deficit)
        if case.due_days_ago:
            then = NOW - timedelta(days=case.due_days_ago)
            record_purchase(customer=ben, total=3_000, currency="EUR", actor=SYSTEM, now=then)


def owe(customer: Customer, points: int) -> None:
    earlier = NOW - timedelta(days=950)
    with open_book(account_of(customer).pk, now=earlier) as book:
        book.earn(points, Voucher(actor=SYSTEM, occurred_at=earlier), available_at=earlier, expires_at=None)
        book.spend(points, Voucher(actor=SYSTEM, occurred_at=earlier))
        earned = Entry.objects.get(account=book.account, kind="earn")
        book.take_back(earned, points, Voucher(actor=SYSTEM, occurred_at=earlier), kind=Entry.Kind.RETURN)


def one_by_one(shop: Shop, case: Case) -> None:
    with shop.scope():
        for row in sorted(case.rows, key=lambda row: (row.customer, row.day)):
            customer = Customer.objects.filter(external_id=row.customer).first()
            record_purchase(
                customer=customer or enrol(external_id=row.customer, source="import", actor=SYSTEM, now=NOW),
                total=row.total,
                currency="EUR",
                purchased_at=datetime.combine(row.day, NOON, tzinfo=shop.tenant.zone).astimezone(UTC),
                actor=SYSTEM,
                now=NOW,
            )


def read_in(shop: Shop, case: Case, path: Path) -> None:
    lines = [f"{row.customer},{row.day},{row.total / 100:.2f}" for row in case.rows]
    path.write_text("\n".join(["customer,date,total", *lines]) + "\n")
    report = import_purchases(tenant=shop.tenant, path=path, actor=SYSTEM, now=NOW)
    assert report.recorded == len(case.rows)


def outcome(shop: Shop) -> dict[str, Any]:
    """Everything that must not depend on how the purchases came in, after settling."""
    with shop.scope():
        for account in Account.objects.all():
            with open_book(account.pk, now=NOW):
                pass
        assert unsound_accounts() == {}
        versions: dict[int | None, int] = dict(ProgramVersion.objects.values_list("pk", "number"))
        return {
            customer.external_id: {
                "account": Account.objects.filter(customer=customer)
                .values_list(
                    *("balance", "pending", "lifetime_earned", "tier_id"),
                    *("qualifying_points", "qualifying_spend", "qualifying_visits", "next_due_at"),
                )
                .get(),
                "purchases": sorted(
                    Purchase.objects.filter(customer=customer).values_list(
                        "purchased_at", "total", "points", "program_version__number", "currency", "actor"
                    )
                ),
                "earned": [
                    (
                        entry.points,
                        str(entry.explanation),
                        entry.occurred_at,
                        versions.get(entry.program_version_id),
                        entry.actor,
                    )
                    for entry in Entry.objects.filter(account__customer=customer, kind="earn").order_by("seq")
                ],
                "expired": expired(customer),
                "lots": sorted(
                    Lot.objects.filter(account__customer=customer).values_list("points", "remaining", "available_at")
                ),
            }
            for customer in Customer.objects.all()
        }


def expired(customer: Customer) -> dict[datetime, int]:
    """By date: one entry or several, that depends on when somebody looked."""
    sums: dict[datetime, int] = {}
    for entry in Entry.objects.filter(account__customer=customer, kind="expire"):
        sums[entry.occurred_at] = sums.get(entry.occurred_at, 0) + entry.points
    return sums


@pytest.fixture
def fresh_shop(db: None) -> Shop:
    return make_shop("morgenrot")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases)
@example(Case((Row("Ada", 500, 49_999), Row("Ada", 400, 1), Row("Ada", 3, 2490)), 0, 12, 300, 600, 20))
# Both purchases vanish in the deficit, one of them long after its points would have expired.
@example(Case((Row("Ada", 434, 999), Row("Ada", 11, 999)), 0, 12, 10, 600, 0))
# Points that expire before they ever become available.
@example(Case((Row("Ada", 300, 999), Row("Ada", 11, 999)), 400, 1, 10, 0, 0))
def test_an_import_is_the_same_as_one_by_one(fresh_shop: Shop, tmp_path: Path, case: Case) -> None:
    outcomes = []
    for record in (lambda: one_by_one(fresh_shop, case), lambda: read_in(fresh_shop, case, tmp_path / "log.csv")):
        with undone():
            prepare(fresh_shop, case)
            record()
            outcomes.append(outcome(fresh_shop))
    assert outcomes[0] == outcomes[1]


def test_a_void_of_an_imported_purchase_takes_its_points_back(fresh_shop: Shop, tmp_path: Path) -> None:
    case = Case((Row("Ada", 20, 2490), Row("Ada", 10, 70_000)), 0, None, 300, 0, 0)
    prepare(fresh_shop, case)
    read_in(fresh_shop, case, tmp_path / "log.csv")
    with fresh_shop.scope():
        for purchase in Purchase.objects.all():
            void_purchase(purchase=purchase, actor=SYSTEM, now=NOW)
        account = account_of(Customer.objects.get(external_id="Ada"))
        assert (account.balance, account.pending, account.qualifying_points) == (0, 0, 0)
        assert unsound_accounts() == {}
