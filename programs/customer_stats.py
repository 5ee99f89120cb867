"""All that each customer has bought, in one row: counted with every award, and again where days that are over change.

An award of today adds to the row; it travels with the COMMIT. Whatever touches a day that is over, or takes something
back, leaves a mark (`LateChange`); at night `recounting` counts whoever is marked, and whoever came, from the purchases
themselves. So it does no harm that an award adds nothing where another server's clock was already in the next day.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from psycopg.types.json import Jsonb

from programs.models import Purchase
from tenants.postgresql.base import Fixed
from tenants.postgresql.waiting import execute_later

# A customer from a day on, or with None all sales of a day.
Mark = tuple[int | None, date]

# Customer, the day twice, the total twice.
COUNT: Final = Fixed("""
    INSERT INTO programs_customerstat AS known
           (customer_id, purchases, days, first_on, last_on, total, first_total, log_gaps)
    VALUES (%s, 1, 1, %s, %s, %s, %s, 0)
    ON CONFLICT (tenant_id, customer_id) DO UPDATE
       SET purchases = known.purchases + 1,
           days = known.days + (excluded.last_on > known.last_on)::int,
           last_on = greatest(known.last_on, excluded.last_on),
           second_on = coalesce(known.second_on, excluded.last_on),
           total = known.total + excluded.total,
           first_total = known.first_total
                       + CASE WHEN excluded.first_on = known.first_on THEN excluded.total ELSE 0 END,
           log_gaps = known.log_gaps
                    + CASE WHEN excluded.last_on > known.last_on THEN ln(excluded.last_on - known.last_on) ELSE 0 END
     WHERE known.last_on <= excluded.last_on
""")
# An update locks the mark that is there, so that the night cannot take it away before what it stands for is committed.
_MARK: Final = """
    INSERT INTO programs_latechange (customer_id, day)
    SELECT * FROM jsonb_to_recordset(%s) AS mark (customer bigint, day date) ORDER BY customer, day
    ON CONFLICT (tenant_id, customer_id, day) DO UPDATE SET day = excluded.day
"""
# What counts of the purchases in a statement: nothing that was voided, or that came back as a whole.
STANDS: Final = "voided_at IS NULL AND (total = 0 OR returned_total < total)"


def count_in(purchase: Purchase, *, today: date) -> None:
    """Count a purchase that has just been recorded, or mark its day where that is another one."""
    if purchase.purchased_on != today:
        mark_changed(purchase)
    elif purchase.customer_id is not None:
        on, total = purchase.purchased_on, purchase.total_left
        execute_later(COUNT, [purchase.customer_id, on, on, total, total])


def mark_changed(purchase: Purchase) -> None:
    """Something of it was taken back, or it has just got its customer."""
    mark_all([(purchase.customer_id, purchase.purchased_on)])


def mark_all(purchases: Iterable[Mark]) -> None:
    """The days of these purchases, and each customer from the first of them on."""
    days: set[date] = set()
    since: dict[int, date] = {}
    for customer, day in purchases:
        days.add(day)
        if customer is not None:
            since[customer] = min(day, since.get(customer, day))
    mark([*since.items(), *((None, day) for day in days)])


def mark(marks: Iterable[Mark]) -> None:
    """At the end of a transaction: whoever changes the same day waits from here on."""
    rows = [{"customer": customer, "day": day.isoformat()} for customer, day in marks]
    if rows:
        execute_later(_MARK, [Jsonb(rows)])
