"""A past for the customers of a benchmark: purchases with their entries and lots, as many as wanted, in seconds."""

from datetime import datetime, timedelta

import psycopg
from django.utils import timezone

from customers.models import Customer
from devtools.bench.rows import multiply, superuser, without_keys
from devtools.bench.shops import BenchShop
from ledger.models import Entry, Lot
from programs.models import Purchase
from programs.services import record_purchase
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope

TOTAL = 2490


def live_through(shop: BenchShop, purchases: range, *, customers: int = 0, expires_at: datetime | None = None) -> None:
    """Purchase number `n` is that of customer `n % customers`; the numbers before have been lived through already."""
    customers = customers or shop.customers
    moment = (expires_at or timezone.now()) - timedelta(days=1)
    with tenant_scope(shop.tenant):
        pattern = Purchase.objects.filter(customer=shop.first_customer - 1).first() or _bought(shop)
        points = pattern.points
    with superuser() as connection, without_keys(connection):
        _purchases(connection, shop, purchases, pattern, customers=customers)
        _entries(connection, shop, purchases, pattern, customers=customers)
        _lots(connection, shop, purchases, pattern, customers=customers, expires_at=expires_at, available_at=moment)
        visits = purchases.stop // customers
        connection.execute(
            "UPDATE ledger_account SET last_seq = %(visits)s, balance = %(points)s, lifetime_earned = %(points)s,"
            " qualifying_points = %(points)s, qualifying_spend = %(spend)s, qualifying_visits = %(visits)s,"
            " next_due_at = (SELECT min(expires_at) FROM ledger_lot WHERE account_id = %(first)s)"
            " WHERE id >= %(first)s AND id < %(end)s",
            {
                "visits": visits,
                "points": visits * points,
                "spend": visits * TOTAL,
                "first": shop.first_account,
                "end": shop.first_account + customers,
            },
        )
        connection.execute("VACUUM ANALYZE")


def _bought(shop: BenchShop) -> Purchase:
    customer = Customer.objects.get(pk=shop.first_customer - 1)
    return record_purchase(
        customer=customer, total=TOTAL, currency=shop.tenant.currency, actor=SYSTEM, now=timezone.now()
    ).purchase


def _purchases(
    connection: psycopg.Connection, shop: BenchShop, numbers: range, pattern: Purchase, *, customers: int
) -> None:
    multiply(
        connection,
        Purchase,
        pattern=f"id = {pattern.pk}",
        numbers=numbers,
        id="p.id + 1 + n",
        public_id="gen_random_uuid()",
        customer_id=f"{shop.first_customer} + n % {customers}",
    )


def _entries(
    connection: psycopg.Connection, shop: BenchShop, numbers: range, pattern: Purchase, *, customers: int
) -> None:
    multiply(
        connection,
        Entry,
        pattern=f"purchase_id = {pattern.pk} AND kind = 'earn'",
        numbers=numbers,
        account_id=f"{shop.first_account} + n % {customers}",
        seq=f"n / {customers} + 1",
        balance_after=f"p.points * (n / {customers} + 1)",
        purchase_id=f"{pattern.pk} + 1 + n",
    )


def _lots(
    connection: psycopg.Connection,
    shop: BenchShop,
    numbers: range,
    pattern: Purchase,
    *,
    customers: int,
    expires_at: datetime | None,
    available_at: datetime,
) -> None:
    expiry = {"expires_at": f"'{expires_at.isoformat()}'::timestamptz"} if expires_at else {}
    earned = f"SELECT account_id, seq FROM ledger_entry WHERE purchase_id = {pattern.pk}"
    multiply(
        connection,
        Lot,
        pattern=f"(account_id, entry_seq) = ({earned})",
        numbers=numbers,
        id="p.id + 1 + n",
        account_id=f"{shop.first_account} + n % {customers}",
        entry_seq=f"n / {customers} + 1",
        is_pending="false",
        available_at=f"'{available_at.isoformat()}'::timestamptz",
        **expiry,
    )
