"""The figures benchmark compares like with like: DuckDB computes what the product has drawn."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest
from django.db import connection

from analytics.kpis import Period
from analytics.loyalty import course, loyalty
from analytics.overview import cohort_counts, window
from analytics.rollups.nightly import draw_figures
from analytics.scoring import score_customers
from devtools.bench.analytics import columnar, models, raw
from devtools.bench.analytics.past import SHOPS, TODAY, YESTERDAY, sizes
from tests.analytics.cdnow import cdnow
from tests.factories import Shop, make_customer, make_purchase


@pytest.mark.django_db
def test_duckdb_and_raw_purchases_say_what_was_drawn(
    shop: Shop, other_shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy(shop, customers=6, chance=Random(1))
    buy(other_shop, customers=2, chance=Random(2))
    draw_figures(shop.tenant, today=TODAY)
    monkeypatch.chdir(tmp_path)
    with shop.scope():
        window_days, now = window().days, datetime.combine(TODAY, time(4), tzinfo=UTC)
        score_customers(window_days=window_days, today=TODAY, now=now)
        periods = course(Period.ending(YESTERDAY, days=30), points=3)
        drawn = loyalty(periods, window_days=window_days)
        assert [raw.same_as(each) for each in drawn] == raw.loyalty(periods, window_days=window_days)
        assert cohort_counts(YESTERDAY - timedelta(days=400)) == raw.cohorts(YESTERDAY - timedelta(days=400))
        columnar.export(connection.connection, tmp_path)
        for compute, names in ((columnar.full, columnar.SAME), (columnar.night, columnar.OF_THE_NIGHT)):
            with duckdb.connect() as database:
                compute(database)
            columnar.refuse_other_figures(
                connection.connection, tmp_path, names, day=YESTERDAY if compute is columnar.night else None
            )


def buy(shop: Shop, *, customers: int, chance: Random) -> None:
    """Over some months, also twice on a day, and something of it yesterday."""
    noon = datetime.combine(YESTERDAY, time(12), tzinfo=UTC)
    with shop.scope():
        everybody = [make_customer() for _ in range(customers)]
        for customer in everybody:
            for days in sorted((chance.randrange(100) for _ in range(5)), reverse=True):
                moment = noon - timedelta(days=days)
                make_purchase(customer=customer, total=chance.randrange(100, 5_000), purchased_at=moment, now=moment)
        make_purchase(customer=everybody[0], purchased_at=noon, now=noon)
        make_purchase(customer=None, purchased_at=noon, now=noon)


def test_shops_are_of_very_different_size() -> None:
    found = sizes(1_000_000)
    assert (len(found), found[0], found[-1]) == (SHOPS, 80_000, 50)
    assert sum(found) == pytest.approx(1_000_000, rel=0.01)


def test_lifetimes_is_asked_the_same() -> None:
    customers = cdnow().customers
    ours, theirs = models.ours(customers), models.theirs(customers)
    for each, other in zip(ours, theirs, strict=True):
        assert each.sum() == pytest.approx(other.sum(), rel=0.01)
