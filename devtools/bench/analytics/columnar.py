"""`python -m devtools.bench.analytics.columnar night|full FOLDER`: the same figures by DuckDB, from files of Parquet.

DuckDB keeps nothing from night to night: it reads all purchases, and writes files that replace those of the night
before. Its `night` makes what is looked at in the morning: everybody's sums, their months, of which cohorts are
counted, the sales of the day, the base of the day, groups and scores. Its `full` makes all tables of the product:
everybody's spells, and sales and base of all days besides. Models are fitted by the code of the product, shop by shop,
to columns that DuckDB hands over as arrays.

It is spared tenants in its keys (a customer's number is nobody else's), row security, constraints, concurrent tills and
a log from which a crash could be recovered.
"""

import math
import os
import sys
from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import django

django.setup()

import duckdb  # noqa: E402 - behind the settings, which set the number of threads of BLAS
import numpy as np  # noqa: E402
import psycopg  # noqa: E402

from analytics.models.figures import SPANS  # noqa: E402
from analytics.rollups.base import NAMES  # noqa: E402
from analytics.scoring import score_columns  # noqa: E402
from devtools.bench.analytics.past import TODAY, YESTERDAY  # noqa: E402
from devtools.bench.analytics.processor import report  # noqa: E402

# What must come out the same, in the product's tables and in DuckDB's files.
SAME: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "stats": (
        "programs_customerstat",
        (
            *("count(*)", "sum(purchases)", "sum(days)", "sum(total)"),
            *("sum(first_total)", "count(second_on)", "sum(log_gaps)"),
        ),
    ),
    "months": ("analytics_customermonth", ("count(*)", "sum(days)", "sum(purchases)", "sum(total)")),
    "spells": (
        "analytics_spell",
        ("count(*)", "sum(least)", "sum(ends_on - begins_on)", "sum(begins_on - first_on)"),
    ),
    "days": ("analytics_dayfigures", ("count(*)", "sum(purchases)", "sum(total)", "sum(card_total)", "sum(points)")),
    "bases": ("analytics_basefigures", ("count(*)", *(f"sum({name})" for name in NAMES))),
    "scores": (
        "analytics_customerscore",
        ("count(*)", "sum(group_code)", "sum(recency)", "sum(frequency)", "sum(money)", "sum(coalesce(expected, -1))"),
    ),
}
EXACT: Final = 1e-9
# Rounded to two digits: of a million estimates, some come to lie on the other side where the last bit is another.
ROUNDED: Final = {"sum(coalesce(expected, -1))": 1e-5}
OF_DAYS: Final = ("days", "bases")
# Of these, what is looked at in the morning.
OF_THE_NIGHT: Final = ("stats", "months", "scores", *OF_DAYS)
# What is exported, with the types that DuckDB reads it by.
TABLES: Final = {
    "purchases": (
        (
            "SELECT tenant_id, customer_id, store_id, purchased_on, total, returned_total, points, returned_points,"
            " voided_at IS NOT NULL AS voided FROM programs_purchase"
        ),
        {
            "tenant_id": "INTEGER",
            "customer_id": "INTEGER",
            "store_id": "INTEGER",
            "purchased_on": "DATE",
            "total": "BIGINT",
            "returned_total": "BIGINT",
            "points": "BIGINT",
            "returned_points": "BIGINT",
            "voided": "BOOLEAN",
        },
    ),
    "customers": (
        (
            "SELECT c.tenant_id, c.id, s.window_days, c.status IN ('active', 'blocked') AND scoring_objected_at IS NULL"
            " FROM customers_customer AS c JOIN analytics_figuresstate AS s USING (tenant_id)"
        ),
        {"tenant_id": "INTEGER", "customer_id": "INTEGER", "window_days": "INTEGER", "scored": "BOOLEAN"},
    ),
}
_BOUGHT: Final = """
    CREATE VIEW customers AS FROM 'customers.parquet';
    CREATE VIEW bought AS
    SELECT tenant_id, customer_id, store_id, purchased_on AS day, total - returned_total AS total,
           points - returned_points AS points
      FROM 'purchases.parquet' WHERE NOT voided AND (total = 0 OR returned_total < total);
    CREATE TABLE daily AS
    SELECT customer_id, day, count(*)::INTEGER AS purchases, sum(total)::BIGINT AS total
      FROM bought WHERE customer_id IS NOT NULL GROUP BY customer_id, day
"""
_PACED: Final = """
    CREATE TABLE paced AS
    SELECT *, lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS before FROM daily;
    DROP TABLE daily
"""
_STATS: Final = """
    CREATE TABLE stats AS
    SELECT customer_id, sum(purchases)::INTEGER AS purchases, count(*)::INTEGER AS days, min(day) AS first_on,
           max(day) AS last_on, min(day) FILTER (WHERE before IS NOT NULL OR purchases > 1) AS second_on,
           sum(total)::BIGINT AS total, coalesce(any_value(total) FILTER (WHERE before IS NULL), 0) AS first_total,
           coalesce(sum(ln(day - before)), 0) AS log_gaps
      FROM paced GROUP BY customer_id
"""
_SALES: Final = """
    SELECT tenant_id, day, store_id, count(*) AS purchases, sum(total) AS total, count(customer_id) AS card_purchases,
           coalesce(sum(total) FILTER (WHERE customer_id IS NOT NULL), 0) AS card_total, sum(points) AS points
      FROM bought WHERE {which} GROUP BY tenant_id, day, store_id
"""
_MONTHS: Final = """
    SELECT customer_id, date_trunc('month', day)::DATE AS month, count(*) AS days, sum(purchases) AS purchases,
           sum(total) AS total
      FROM paced GROUP BY customer_id, month
"""
# A purchase reaches over the window; two of them, from the second on to the end of the first one's reach.
_SPELLS: Final = """
    CREATE TABLE spells AS
    WITH reach AS (
        SELECT customer_id, 1 AS least, day AS begins_on, before + window_days AS earlier_end,
               day + window_days AS ends_on
          FROM paced JOIN customers USING (customer_id)
         UNION ALL
        SELECT customer_id, 2, begins_on, lag(ends_on) OVER (PARTITION BY customer_id ORDER BY begins_on), ends_on
          FROM (SELECT customer_id, day AS begins_on,
                       CASE WHEN purchases > 1 THEN day ELSE before END + window_days AS ends_on
                  FROM paced JOIN customers USING (customer_id)) AS two
         WHERE ends_on > begins_on
    ), spelled AS (
        SELECT *, count(*) FILTER (WHERE earlier_end IS NULL OR begins_on > earlier_end)
                  OVER (PARTITION BY customer_id, least ORDER BY begins_on ROWS UNBOUNDED PRECEDING) AS spell
          FROM reach
    )
    SELECT c.tenant_id, customer_id, least, begins_on, ends_on, first_on, second_on
      FROM (SELECT customer_id, least, min(begins_on) AS begins_on, max(ends_on) AS ends_on
              FROM spelled GROUP BY customer_id, least, spell)
      JOIN stats USING (customer_id) JOIN customers AS c USING (customer_id)
"""
_KEPT: Final = """
    SELECT a.tenant_id, 'kept_{span}' AS what, greatest(a.begins_on, b.begins_on + {span}) AS begins_on,
           least(a.ends_on, b.ends_on + {span}) AS ends_on
      FROM one AS a JOIN one AS b USING (customer_id)
     WHERE a.begins_on < b.ends_on + {span} AND b.begins_on + {span} < a.ends_on
"""
_NEW: Final = "SELECT tenant_id, 'new_{span}', begins_on, least(ends_on, first_on + {span}) FROM one"
_EACH_SPAN: Final = " UNION ALL ".join(part.format(span=span) for span in SPANS for part in (_KEPT, _NEW))
_BASES: Final = f"""
    WITH one AS (SELECT * FROM spells WHERE least = 1), stretch AS (
        SELECT tenant_id, CASE least WHEN 1 THEN 'active' ELSE 'active_again' END AS what, begins_on, ends_on
          FROM spells
         UNION ALL SELECT tenant_id, 'bought', first_on, NULL FROM one WHERE begins_on = first_on
         UNION ALL SELECT tenant_id, 'bought_again', second_on, NULL FROM one
                    WHERE begins_on = first_on AND second_on IS NOT NULL
         UNION ALL {_EACH_SPAN}
    ), step AS (
        SELECT tenant_id, what, begins_on AS day, 1 AS more FROM stretch WHERE ends_on IS NULL OR ends_on > begins_on
         UNION ALL SELECT tenant_id, what, ends_on, -1 FROM stretch WHERE ends_on > begins_on
    ), change AS (
        SELECT tenant_id, day, {", ".join(f"sum(more) FILTER (WHERE what = '{name}') AS {name}" for name in NAMES)}
          FROM step WHERE day <= DATE '{YESTERDAY}' GROUP BY tenant_id, day
    )
    SELECT tenant_id, each.day, {", ".join(f"coalesce(sum({name}) OVER so_far, 0) AS {name}" for name in NAMES)}
      FROM (SELECT tenant_id, unnest(generate_series(min(day), DATE '{YESTERDAY}', INTERVAL 1 DAY))::DATE AS day
              FROM bought GROUP BY tenant_id) AS each
      LEFT JOIN change USING (tenant_id, day)
    WINDOW so_far AS (PARTITION BY tenant_id ORDER BY each.day ROWS UNBOUNDED PRECEDING)
"""
_BEFORE: Final = {span: f"DATE '{YESTERDAY - timedelta(span)}'" for span in SPANS}
_LASTS: Final = ", ".join(f"max(day) FILTER (WHERE day <= {day}) AS last_{span}" for span, day in _BEFORE.items())
_STAYED: Final = ", ".join(
    f"count(*) FILTER (WHERE lately > 0 AND last_{span} > {day} - window_days) AS kept_{span},"
    f" count(*) FILTER (WHERE lately > 0 AND first_on > {day}) AS new_{span}"
    for span, day in _BEFORE.items()
)
_BASE_OF_A_DAY: Final = f"""
    WITH customer AS (
        SELECT customer_id, sum(purchases) FILTER (WHERE day > DATE '{YESTERDAY}' - window_days) AS lately, {_LASTS}
          FROM paced JOIN customers USING (customer_id) GROUP BY customer_id
    )
    SELECT c.tenant_id, count(*) AS bought, count(second_on) AS bought_again,
           count(*) FILTER (WHERE lately > 0) AS active, count(*) FILTER (WHERE lately > 1) AS active_again, {_STAYED}
      FROM customer JOIN stats USING (customer_id) JOIN customers AS c USING (customer_id) GROUP BY c.tenant_id
"""
_KNOWN: Final = f"""
    SELECT tenant_id, window_days, customer_id, days, total, first_total, log_gaps, last_on - first_on AS span,
           DATE '{TODAY}' - first_on AS age
      FROM stats JOIN customers USING (customer_id) WHERE scored ORDER BY tenant_id
"""


def export(source: psycopg.Connection, folder: Path) -> None:
    """The purchases in the order in which they came, and who bought them; as far as the source may see them."""
    with duckdb.connect() as target:
        for name, (select, types) in TABLES.items():
            text = folder / f"{name}.csv"
            with (
                text.open("wb") as file,
                source.cursor() as cursor,
                cursor.copy(f"COPY ({select}) TO STDOUT CSV") as rows,
            ):
                for block in rows:
                    file.write(block)
            target.execute(
                f"COPY (FROM read_csv('{text}', header = false, columns = {types})) TO '{folder / name}.parquet'"
            )
            text.unlink()


def night(database: duckdb.DuckDBPyConnection) -> None:
    run(database, _BOUGHT, _PACED, _STATS)
    write(database, "days", _SALES.format(which=f"day = DATE '{YESTERDAY}'"))
    write(database, "months", _MONTHS)
    write(database, "bases", _BASE_OF_A_DAY)
    write(database, "stats", "FROM stats")
    score(database)


def full(database: duckdb.DuckDBPyConnection) -> None:
    run(database, _BOUGHT, _PACED, _STATS)
    write(database, "days", _SALES.format(which="true"))
    write(database, "months", _MONTHS)
    run(database, _SPELLS)
    write(database, "spells", "FROM spells")
    write(database, "bases", _BASES)
    write(database, "stats", "FROM stats")
    score(database)


def score(database: duckdb.DuckDBPyConnection) -> None:
    known = database.execute(_KNOWN).fetchnumpy()
    _tenants, begins = np.unique(known["tenant_id"], return_index=True)
    found: list[dict[str, Any]] = []
    for begin, end in zip(begins, [*begins[1:], len(known["tenant_id"])], strict=True):
        theirs = {name: np.asarray(values[begin:end]) for name, values in known.items()}
        found.append(score_columns(theirs, window_days=int(theirs["window_days"][0])).columns)
    scores = {name: np.concatenate([each[name] for each in found]) for name in found[0]}
    database.register("scores", scores)
    write(database, "scores", "FROM scores")


def run(database: duckdb.DuckDBPyConnection, *statements: str) -> None:
    for statement in statements:
        database.execute(statement)


def write(database: duckdb.DuckDBPyConnection, name: str, select: str) -> None:
    database.execute(f"COPY ({select}) TO '{name}.parquet'")


def refuse_other_figures(
    source: psycopg.Connection, folder: Path, names: Collection[str], *, day: date | None = None
) -> None:
    """A comparison of different figures would say nothing."""
    for name in names:
        table, sums = SAME[name]
        where = f" WHERE day = '{day}'" if day and name in OF_DAYS else ""
        drawn = source.execute(f"SELECT {', '.join(sums)} FROM {table}{where}").fetchone()
        with duckdb.connect() as files:
            computed = files.execute(f"SELECT {', '.join(sums)} FROM '{folder / name}.parquet'").fetchone()
        for said, ours, theirs in zip(sums, drawn or (), computed or (), strict=True):
            if not math.isclose(float(ours or 0), float(theirs or 0), rel_tol=ROUNDED.get(said, EXACT)):
                raise AssertionError(f"{said} of {name}: {ours} drawn, {theirs} by DuckDB")


def main(name: str, folder: str) -> None:
    os.chdir(folder)
    with duckdb.connect() as database:
        # More threads take more of the processors, not less.
        database.execute("SET threads = 1; SET preserve_insertion_order = false")
        report(lambda: {"night": night, "full": full}[name](database))


if __name__ == "__main__":
    main(*sys.argv[1:])
