"""Columns come out of the database as they went in, and only what differs is written."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.models import CustomerScore, Spell
from analytics.rollups.customers import SPELLS
from analytics.scoring import SCORES
from tenants.errors import TenantNotSet
from tenants.postgresql.columns import MISSING, Columns, Rows, beginnings, read_columns
from tests.factories import NOW, Shop, make_customer

EVERYTHING = "true"
FIRST, SECOND = date(1999, 12, 31), date(2000, 2, 29)
TOLD_APART_BY_TWO = Rows("nowhere", {"whose": "i8", "number": "i4", "worth": "i8"}, key=2)


def columns(rows: Collection[tuple[Any, ...]], names: Collection[str]) -> Columns:
    return dict(zip(names, np.array(list(rows), dtype=np.int64).reshape(-1, len(names)).T, strict=True))


@pytest.mark.django_db
def test_days_and_what_is_missing_come_back_as_they_were(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        customer, store = make_customer(), shop.store.pk
        begins, ends = FIRST.toordinal(), SECOND.toordinal()
        rows = [
            (customer.pk, MISSING, 1, begins, ends, begins, MISSING),
            (customer.pk, store, 1, begins, ends, begins, begins),
        ]
        SPELLS.replace(EVERYTHING, {}, columns(rows, SPELLS.kinds))
        together, there = Spell.objects.order_by("store_id").reverse()
        assert (together.store_id, together.begins_on, together.second_on) == (None, FIRST, None)
        assert (there.store_id, there.ends_on, there.second_on) == (store, SECOND, FIRST)
        found = SPELLS.read(EVERYTHING, {})
        assert sorted(zip(*(found[name].tolist() for name in SPELLS.kinds), strict=True)) == sorted(rows)
    with other_shop.scope():
        assert not len(SPELLS.read(EVERYTHING, {})["customer_id"])
        SPELLS.replace(EVERYTHING, {}, columns([], SPELLS.kinds))
    with shop.scope():
        assert Spell.objects.count() == 2


@pytest.mark.django_db
def test_rows_stay_or_move_where_they_stand_as_others_come_and_go(shop: Shop, other_shop: Shop) -> None:
    begins, ends = FIRST.toordinal(), SECOND.toordinal()

    def spell(customer: int, *, store: int = MISSING, least: int = 1, ends: int = ends) -> tuple[int, ...]:
        return customer, store, least, begins, ends, begins, MISSING

    def draw(*rows: tuple[int, ...]) -> dict[tuple[int | None, int], int]:
        SPELLS.replace(EVERYTHING, {}, columns(rows, SPELLS.kinds))
        return {(store, least): pk for store, least, pk in Spell.objects.values_list("store_id", "least", "pk")}

    with other_shop.scope():
        draw(spell(make_customer().pk))
    with shop.scope():
        customer, store = make_customer().pk, shop.store.pk
        before = draw(spell(customer), spell(customer, store=store), spell(customer, least=2))
        after = draw(
            spell(customer), spell(customer, store=store, ends=ends + 1), spell(customer, store=store, least=2)
        )
        assert after.keys() == {(None, 1), (store, 1), (store, 2)}
        assert after[None, 1] == before[None, 1]
        assert after[store, 1] == before[store, 1]
        assert Spell.objects.get(pk=after[store, 1]).ends_on == SECOND + timedelta(days=1)
    with other_shop.scope():
        assert Spell.objects.count() == 1


@pytest.mark.django_db
def test_only_rows_that_differ_are_written(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        SCORES.replace(EVERYTHING, {}, scored({make_customer().pk: 2}))
    with shop.scope():
        stays, moves, goes, comes = (make_customer(now=NOW).pk for _ in range(4))
        SCORES.replace(EVERYTHING, {}, scored({stays: 1, moves: 1, goes: 1}))
        was = written_by()
        SCORES.replace(EVERYTHING, {}, scored({stays: 1, moves: 5, comes: 3}))
        now = written_by()
        assert {score.customer_id: score.group for score in CustomerScore.objects.all()} == {
            stays: 1,
            moves: 5,
            comes: 3,
        }
        assert was[stays] == now[stays]
        assert was[moves] != now[moves]
    with other_shop.scope():
        assert CustomerScore.objects.get().group == 2


@pytest.mark.django_db
def test_a_value_that_has_no_room_is_refused_and_not_cut(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        rows = scored({make_customer().pk: 1})
        with pytest.raises(OverflowError, match="int2"):
            SCORES.replace(EVERYTHING, {}, rows | {"gap_days": np.array([2**15])})
        SCORES.replace(EVERYTHING, {}, rows | {"gap_days": np.array([2**15 - 1])})
        assert CustomerScore.objects.get().gap_days == 2**15 - 1
    with other_shop.scope():
        assert not CustomerScore.objects.exists()


def scored(groups: dict[int, int]) -> Columns:
    known = {"customer_id": list(groups), "group_code": list(groups.values())}
    nothing = dict.fromkeys(("recency", "frequency", "money"), 0)
    return {
        name: np.array(known.get(name, [nothing.get(name, MISSING)] * len(groups)), dtype=np.int64)
        for name in SCORES.kinds
    }


def written_by() -> dict[int, str]:
    """Where the row of each customer stands: it moves when it is written."""
    rows = CustomerScore.objects.extra(select={"place": "ctid::text"})
    return dict(rows.values_list("customer_id", "place"))


few = st.integers(0, 3)
tables = st.dictionaries(st.tuples(few, few), few, max_size=12)


@given(was=tables, now=tables)
def test_whose_rows_are_not_the_same_is_known(was: dict[tuple[int, int], int], now: dict[tuple[int, int], int]) -> None:
    sides = [columns([(*key, worth) for key, worth in side.items()], TOLD_APART_BY_TWO.kinds) for side in (was, now)]
    of = [{who: {key[1]: side[key] for key in side if key[0] == who} for who in range(4)} for side in (was, now)]
    differing = TOLD_APART_BY_TWO.differing(*sides)
    assert differing.tolist() == [who for who in range(4) if of[0][who] != of[1][who]]
    numbers = TOLD_APART_BY_TWO.differing(*sides, but=["worth"])
    assert numbers.tolist() == [who for who in range(4) if of[0][who].keys() != of[1][who].keys()]


def test_something_new_begins_where_any_of_the_columns_changes() -> None:
    assert beginnings(np.array([1, 1, 1, 2, 2]), np.array([5, 5, 6, 6, 6])).tolist() == [0, 2, 3]
    assert beginnings(np.array([]), np.array([])).tolist() == []


def test_outside_a_scope_there_are_no_columns() -> None:
    with pytest.raises(TenantNotSet):
        read_columns("SELECT 1 AS one", {"one": "i4"}, {})
