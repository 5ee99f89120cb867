"""Two years of a hundred shops, made by the database: who comes how often, who stays away, and what is paid."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import psycopg
from django.db import connection
from psycopg import sql

from customers.models import Customer
from devtools.bench.rows import columns, superuser, without_keys
from devtools.bench.shops import BenchShop, open_bench_shop
from programs.models import Purchase
from programs.recounting import STATS, days_of, read_purchases, stats_of
from programs.services import record_purchase
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope

# On which the last of several nights is drawn; a Friday, since more is done on Sundays.
TODAY: Final = date(2026, 7, 17)
YESTERDAY: Final = TODAY - timedelta(days=1)
BEGIN: Final = TODAY - timedelta(days=730)
OPENING: Final = datetime(BEGIN.year, BEGIN.month, BEGIN.day, 8, tzinfo=UTC)
SHOPS: Final = 100
# Each shop is so much smaller than the one before: of a million customers the largest has 80,000, the smallest 50.
SMALLER: Final = 0.92
SMALLEST: Final = 1 / 20_000
TRADES: Final = ("cafe", "salon", "retail", "online")
# Who is a customer since when, how often they come, how long they stay and what they pay: each an exponential
# distribution of its own mean, so that many come once and some every second day. About ten purchases for each.
_LIVES: Final = """
    CREATE TABLE bench_life AS
    SELECT *, greatest(least(begins + stays, %(days)s) - begins, 0) AS length
      FROM (SELECT tenant_id, id AS customer_id, random() * %(days)s AS begins, -ln(1 - random()) * 300 AS stays,
                   -ln(1 - random()) / 21 AS rate, 400 - ln(1 - random()) * 1500 AS pays
              FROM customers_customer) AS life
"""
_VISITS: Final = """
    CREATE TABLE bench_visit AS
    SELECT tenant_id, customer_id, day, (day + time '08:00' + random() * interval '12 hours')
           AT TIME ZONE 'Europe/Berlin' AS moment, total
      FROM (SELECT tenant_id, customer_id, %(begin)s + least(floor(begins + at * length)::int, %(days)s - 1) AS day,
                   (100 - ln(1 - random()) * pays)::bigint AS total
              FROM bench_life, LATERAL generate_series(0, floor(rate * length + random())::int) AS number,
                   LATERAL (SELECT CASE WHEN number = 0 THEN 0 ELSE random() END AS at) AS chance) AS visit
"""


def sizes(customers: int) -> list[int]:
    """Of the shops, the largest first."""
    largest = customers * (1 - SMALLER)
    return [round(max(largest * SMALLER**number, customers * SMALLEST, 1)) for number in range(SHOPS)]


def open_shops(customers: int) -> list[BenchShop]:
    """With their customers, and purchases that wait in a table until their day comes."""
    shops = [
        open_bench_shop(
            f"figures-{number}", customers=size, trade=TRADES[number % len(TRADES)], now=OPENING, analyze=False
        )
        for number, size in enumerate(sizes(customers))
    ]
    for shop in shops:
        _buy_once(shop)
    with superuser() as database:
        database.execute("SELECT setseed(0.5)")
        params = {"days": (YESTERDAY - BEGIN).days + 1, "begin": BEGIN}
        for statement in (_LIVES, _VISITS):
            psycopg.ClientCursor(database).execute(statement, params)
        database.execute("ANALYZE")
    return shops


def _buy_once(shop: BenchShop) -> None:
    """What the product writes of a purchase, as a pattern, by a customer whom nothing else is made of."""
    with tenant_scope(shop.tenant):
        customer = Customer.objects.get(pk=shop.first_customer - 1)
        record_purchase(customer=customer, total=990, currency=shop.tenant.currency, actor=SYSTEM, now=OPENING)


def live(shops: Sequence[BenchShop], *, until: date, since: date = BEGIN) -> None:
    """All purchases of these days, in the order in which they came, and counted as awards count them."""
    with superuser() as database, without_keys(database):
        _purchases(database, since=since, until=until)
        database.execute("VACUUM ANALYZE programs_purchase")
    for shop in shops:
        with tenant_scope(shop.tenant), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            STATS.replace("true", {}, stats_of(days_of(read_purchases("customer_id IS NOT NULL", {}))))


def _purchases(database: psycopg.Connection, *, since: date, until: date) -> None:
    table = Purchase._meta.db_table
    changed = {
        "id": f"nextval(pg_get_serial_sequence('{table}', 'id'))",
        "public_id": "gen_random_uuid()",
        "customer_id": "visit.customer_id",
        "total": "visit.total",
        "purchased_on": "visit.day",
        "purchased_at": "visit.moment",
        "recorded_at": "visit.moment",
    }
    names = columns(database, table)
    values = [sql.SQL(changed[name]) if name in changed else sql.Identifier("pattern", name) for name in names]
    statement = sql.SQL(
        "INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {values}"
        " FROM (SELECT * FROM bench_visit WHERE day >= {since} AND day <= {until} ORDER BY moment OFFSET 0) AS visit"
        " JOIN (SELECT DISTINCT ON (tenant_id) * FROM {table} ORDER BY tenant_id, id) AS pattern USING (tenant_id)"
    )
    database.execute(
        statement.format(
            table=sql.Identifier(table),
            names=sql.SQL(", ").join(map(sql.Identifier, names)),
            values=sql.SQL(", ").join(values),
            since=sql.Literal(since),
            until=sql.Literal(until),
        )
    )
