"""What waits travels with the next statement, in its order, and fails as it would have failed alone."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from ledger.models import Account
from programs.models import ProgramVersion, Purchase
from team.models import ApiKey, Store
from tenants.errors import TenantNotSet
from tenants.postgresql.reading import one, one_later
from tenants.postgresql.waiting import execute_later, insert, insert_later, update_later
from tenants.scope import tenant_scope
from tests.factories import Shop, make_api_key, make_customer, make_purchase

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def trips() -> Iterator[list[str]]:
    """What was sent to the database, a message each."""
    sent: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield sent
    sent += [query["sql"] for query in captured.captured_queries if query["sql"] != "COMMIT"]


def test_a_scope_costs_no_trip_of_its_own(shop: Shop) -> None:
    with trips() as sent, tenant_scope(shop.tenant):
        assert Store.objects.get().code == shop.store.code
    assert len(sent) == 1
    assert sent[0].startswith("BEGIN;\nSELECT set_config")


def test_a_scope_in_which_nothing_is_asked_is_not_heard_of(shop: Shop) -> None:
    with trips() as sent, tenant_scope(shop.tenant):
        pass
    assert sent == []


def test_a_row_is_there_for_the_next_question_and_after_the_commit(shop: Shop, other_shop: Shop) -> None:
    with tenant_scope(shop.tenant):
        insert_later(Store(code="hafen", name="Hafen; 50 % Rabatt -- 'alles'"))
        assert Store.objects.filter(code="hafen").exists()
        insert_later(Store(code="markt", name="Markt"))
    with tenant_scope(shop.tenant):
        assert set(Store.objects.values_list("name", flat=True)) > {"Hafen; 50 % Rabatt -- 'alles'", "Markt"}
    with tenant_scope(other_shop.tenant):
        assert not Store.objects.filter(code__in=["hafen", "markt"]).exists()


def test_a_changed_row_is_written_with_the_commit(shop: Shop) -> None:
    with trips() as sent, tenant_scope(shop.tenant):
        store = Store.objects.get()
        store.name = "Neu"
        update_later(store)
    assert len(sent) == 1
    with tenant_scope(shop.tenant):
        assert (Store.objects.get().name, Store.objects.get().code) == ("Neu", shop.store.code)


def test_nothing_that_waits_outlives_an_error(shop: Shop) -> None:
    with pytest.raises(ZeroDivisionError):
        write_and_fail(tenant_scope(shop.tenant))
    with tenant_scope(shop.tenant):
        with pytest.raises(ZeroDivisionError):
            write_and_fail(transaction.atomic())
        assert Store.objects.count() == 1


def write_and_fail(where: AbstractContextManager[object]) -> None:
    with where:
        insert_later(Store(code="hafen", name="Hafen"))
        raise ZeroDivisionError


def test_what_fails_at_the_commit_leaves_nothing(shop: Shop) -> None:
    scope = tenant_scope(shop.tenant)
    scope.__enter__()
    insert_later(Store(code="hafen", name="Hafen"))
    insert_later(Store(code=shop.store.code, name="Doppelt"))
    with pytest.raises(IntegrityError):
        scope.__exit__(None, None, None)
    with tenant_scope(shop.tenant):
        assert Store.objects.count() == 1


def test_a_failure_inside_a_savepoint_leaves_the_rest(shop: Shop) -> None:
    with tenant_scope(shop.tenant):
        insert_later(Store(code="hafen", name="Hafen"))
        with pytest.raises(IntegrityError), transaction.atomic():
            Store.objects.create(code=shop.store.code, name="Doppelt")
        Store.objects.create(code="markt", name="Markt")
    with tenant_scope(shop.tenant):
        assert Store.objects.count() == 3


def test_a_question_can_wait_for_the_next_one(shop: Shop) -> None:
    with trips() as sent, tenant_scope(shop.tenant):
        store = one_later(Store, "code = %s", shop.store.code)
        nobody = one_later(Store, "code = %s", "nowhere")
        assert Store.objects.count() == 1
        assert store() == shop.store
        assert nobody() is None
    assert len(sent) == 1
    with tenant_scope(shop.tenant):
        store = one_later(Store, "code = %s", shop.store.code)
        assert store() == shop.store


def test_one_row_is_as_django_would_read_it(shop: Shop, other_shop: Shop) -> None:
    with tenant_scope(shop.tenant):
        key, _ = make_api_key(scopes=["read", "write"])
        for model in (Store, ApiKey, Customer, Account, ProgramVersion, Purchase):
            if model is Customer:
                make_purchase(customer=make_customer(birthday="02-29"), store=shop.store)
            row = model._default_manager.order_by("id").last()
            assert row is not None
            read = one(model, "id = %s", row.pk)
            assert read is not None
            assert model_values(read) == model_values(row)
    with tenant_scope(other_shop.tenant):
        assert one(ApiKey, "id = %s", key.pk) is None
    with pytest.raises(TenantNotSet):
        one(Store, "id = %s", shop.store.pk)


def model_values(row: Model) -> dict[str, object]:
    return {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields}


def test_a_fixed_statement_is_planned_once_for_each_connection(shop: Shop, other_shop: Shop) -> None:
    connection.close()
    pooled: Any = connection
    pooled.close_pool()  # whose other connections may know it already
    for planned_now, own in ((True, shop), (False, other_shop)):
        with trips() as sent, tenant_scope(own.tenant):
            assert one(Store, "code = %s", own.store.code) == own.store
            assert one(Store, "code = %s", "nowhere") is None
        assert len(sent) == 2
        assert ("PREPARE" in sent[0]) is planned_now
        assert "PREPARE" not in sent[1]


def test_a_plan_that_failed_on_its_way_is_made_again(shop: Shop) -> None:
    connection.close()
    for _ in range(2):
        with pytest.raises(IntegrityError):
            open_twice(shop)
    with tenant_scope(shop.tenant):
        insert_later(Store(code="markt", name="Markt"))
        assert one(Store, "code = %s", "markt")


def open_twice(shop: Shop) -> None:
    with tenant_scope(shop.tenant):
        insert_later(Store(code="hafen", name="Hafen"))
        insert_later(Store(code="hafen", name="Noch einmal"))


def test_a_row_that_is_inserted_now_learns_its_id(shop: Shop, other_shop: Shop) -> None:
    once = "ON CONFLICT (tenant_id, code) DO NOTHING"
    for own in (shop, other_shop):
        with tenant_scope(own.tenant):
            store = Store(code="hafen", name="Hafen")
            assert insert(store, unless=once)
            assert Store.objects.get(code="hafen") == store
            again = Store(code="hafen", name="Noch einmal")
            assert not insert(again, unless=once)
            assert again.pk is None
    with pytest.raises(TenantNotSet):
        insert(Store(code="markt", name="Markt"))


def test_rows_can_be_read_in_chunks_after_what_waits(shop: Shop) -> None:
    with tenant_scope(shop.tenant):
        insert_later(Store(code="hafen", name="Hafen"))
        assert len(list(Store.objects.iterator(chunk_size=1))) == 2


def test_nothing_waits_outside_a_transaction(shop: Shop) -> None:
    with pytest.raises(TransactionManagementError):
        execute_later("SELECT 1")
