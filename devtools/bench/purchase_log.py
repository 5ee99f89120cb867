"""`import`: reading a purchase log, against writing the finished rows by COPY and by the ORM.

Parts, one after the other in the same database: the import, the same file again, COPY of the rows that the first import
made into the emptied tables, and `bulk_create` of a tenth of them.
"""

import csv
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
from django.db import models
from django.utils import timezone

from customers.models import Card, Customer
from devtools.bench.figures import Figure
from imports.run import Report
from imports.services import import_purchases
from ledger.models import Account, Entry, Lot
from programs.models import Purchase
from programs.shops import open_shop
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope

BENCH = "import"
PURCHASES = 200_000
CUSTOMERS = 20_000
FIRST_DAY = date(2024, 1, 1)
DAYS = 600
# Parents first.
TABLES: tuple[type[models.Model], ...] = (Customer, Card, Account, Purchase, Entry, Lot)
# The ORM needs minutes for everything; its rate does not depend on how much it writes.
SHARE_FOR_ORM = 10
ORM_BATCH = 2_000


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "purchases.csv"
        write_log(log)
        tenant = open_shop(
            slug="bench", name="Bench", currency="EUR", owner_email="bench@example.org", now=timezone.now()
        ).tenant
        first = seconds(lambda: read(tenant, log, recorded=PURCHASES))
        again = seconds(lambda: read(tenant, log, recorded=0))
        copied = copy_seconds(Path(folder))
        created = orm_seconds(tenant, Path(folder))
    yield Figure(BENCH, "import", PURCHASES / first, "rows/s")
    yield Figure(BENCH, "same file again", PURCHASES / again, "rows/s")
    yield Figure(BENCH, "COPY", PURCHASES / copied, "rows/s")
    yield Figure(BENCH, "bulk_create", PURCHASES / created, "rows/s")
    yield Figure(BENCH, "import / COPY", copied / first, "ratio", bar=0.08)
    yield Figure(BENCH, "import / bulk_create", created / first, "ratio", bar=5)
    yield Figure(BENCH, "same file again / import", first / again, "ratio", bar=3)


def write_log(path: Path) -> None:
    """As a till exports it: by date, every customer somewhere in it."""
    chance = random.Random(1)
    customers = [f"K{1 + number % CUSTOMERS:05d}" for number in range(PURCHASES)]
    chance.shuffle(customers)
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        write(["customer", "purchased_on", "total"])
        for number, customer in enumerate(customers):
            day = FIRST_DAY + timedelta(days=number * DAYS // PURCHASES)
            write([customer, day.isoformat(), f"{chance.lognormvariate(3, 0.8):.2f}"])


def read(tenant: Tenant, log: Path, *, recorded: int) -> Report:
    report = import_purchases(tenant=tenant, path=log, actor=SYSTEM, now=timezone.now())
    if (report.rows, report.recorded, report.refused) != (PURCHASES, recorded, 0):
        raise AssertionError(f"the import is wrong: {report}")
    return report


def copy_seconds(folder: Path) -> float:
    """COPY of the finished rows into the same tables, emptied, with all their indexes and keys, past row security."""
    with owner() as connection:
        for model in TABLES:
            _copy(connection, f"COPY {table(model)} TO STDOUT", out_to=folder / table(model))
        empty(connection)

        def load() -> None:
            for model in TABLES:
                _copy(connection, f"COPY {table(model)} FROM STDIN", in_from=folder / table(model))

        return seconds(load)


def orm_seconds(tenant: Tenant, folder: Path) -> float:
    """`bulk_create` of the first tenth of the finished rows as the application, extrapolated to all of them."""
    with tenant_scope(tenant):
        last = Account.objects.order_by("pk")[CUSTOMERS // SHARE_FOR_ORM].pk
        customers = Account.objects.filter(pk__lt=last).values("customer_id")
        shares = [
            (Customer, Customer.objects.filter(pk__in=customers)),
            (Card, Card.objects.filter(customer__in=customers)),
            (Account, Account.objects.filter(pk__lt=last)),
            (Purchase, Purchase.objects.filter(customer__in=customers)),
            (Entry, Entry.objects.filter(account__lt=last)),
            (Lot, Lot.objects.filter(account__lt=last)),
        ]
        rows = [(model, [columns_of(row) for row in rows.order_by("pk")]) for model, rows in shares]
    purchases = next(len(values) for model, values in rows if model is Purchase)
    with owner() as connection:
        empty(connection)

    def create() -> None:
        with tenant_scope(tenant):
            for model, values in rows:
                model._default_manager.bulk_create([model(**row) for row in values], batch_size=ORM_BATCH)

    return seconds(create) * PURCHASES / purchases


def columns_of(row: models.Model) -> dict[str, Any]:
    """Without the tenant: the database fills it in, as for every row of the product."""
    fields = [field for field in row._meta.concrete_fields if field.name != "tenant"]
    return {field.attname: getattr(row, field.attname) for field in fields}


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def table(model: type[models.Model]) -> str:
    return model._meta.db_table


@contextmanager
def owner() -> Iterator[psycopg.Connection]:
    """The tables' owner is exempt from row-level security."""
    with psycopg.connect(os.environ["MIGRATOR_DATABASE_URL"], autocommit=True) as connection:
        yield connection


def empty(connection: psycopg.Connection) -> None:
    """With whatever refers to them; the shop and its programme stay."""
    connection.execute(f"TRUNCATE {', '.join(table(model) for model in TABLES)} CASCADE")


def _copy(
    connection: psycopg.Connection, statement: str, *, in_from: Path | None = None, out_to: Path | None = None
) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        if out_to is not None:
            with out_to.open("wb") as file:
                for block in copy:
                    file.write(block)
        if in_from is not None:
            with in_from.open("rb") as file:
                while block := file.read(1 << 16):
                    copy.write(block)
