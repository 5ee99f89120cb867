"""What a tenant's scope promises: its rows and no others, however it is entered and left."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from django.db.utils import InternalError

from customers.models import Card, Customer
from ledger.models import Entry
from tenants.errors import CrossTenant, TenantNotSet
from tenants.models import Tenant
from tenants.scope import current_tenant, do_afterwards, identity_scope, scoped_tenant, tenant_scope
from tests.factories import NOW, Shop, make_customer, make_purchase, make_user
from tests.tenants.laboratory import changed, rows, unguarded

pytestmark = pytest.mark.django_db
COUNT = "SELECT count(*) FROM customers_customer"
SETTING = "SELECT coalesce(current_setting('app.tenant_id', true), '')"


def enrol_look_alikes(shops: tuple[Shop, Shop]) -> tuple[list[int], list[int]]:
    """Two customers in the first shop, one in the second, alike in name and e-mail."""
    morgenrot, nordlicht = shops
    with morgenrot.scope():
        ours = [make_customer(name="Anna Arndt", email="anna@example.org").pk, make_customer(name="Arno Bach").pk]
    with nordlicht.scope():
        theirs = [make_customer(name="Anna Arndt", email="anna@example.org").pk]
    return ours, theirs


def test_without_a_scope_the_guard_is_loud(shops: tuple[Shop, Shop]) -> None:
    enrol_look_alikes(shops)
    with pytest.raises(TenantNotSet):
        Customer.objects.count()
    with pytest.raises(TenantNotSet):
        rows(COUNT)
    with pytest.raises(TenantNotSet):
        changed("DELETE FROM customers_customer")


def test_without_a_scope_the_database_shows_and_changes_nothing(shops: tuple[Shop, Shop]) -> None:
    enrol_look_alikes(shops)
    with unguarded():
        assert Customer.objects.count() == 0
        assert rows(COUNT) == [(0,)]
        assert changed("UPDATE customers_customer SET name = 'x'") == 0
        assert changed("DELETE FROM customers_card") == 0


def test_without_a_scope_nothing_can_be_inserted(shops: tuple[Shop, Shop]) -> None:
    tenant_id = shops[0].tenant.pk
    with unguarded():
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            rows("INSERT INTO team_store (tenant_id, code, name) VALUES (%s, 'x', 'x')", tenant_id)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows("INSERT INTO team_store (code, name) VALUES ('x', 'x')")


def test_a_scope_shows_its_own_rows_only(shops: tuple[Shop, Shop]) -> None:
    ours, theirs = enrol_look_alikes(shops)
    for shop, own, foreign in ((shops[0], ours, theirs), (shops[1], theirs, ours)):
        with shop.scope():
            assert list(Customer.objects.order_by("pk").values_list("pk", flat=True)) == own
            assert rows(COUNT) == [(len(own),)]
            assert not Customer.objects.filter(pk__in=foreign).exists()


def test_a_scope_changes_its_own_rows_only(shops: tuple[Shop, Shop]) -> None:
    _, theirs = enrol_look_alikes(shops)
    with shops[0].scope():
        assert changed("UPDATE customers_customer SET name = 'x'") == 2
        assert changed("UPDATE customers_customer SET name = 'x' WHERE id = %s", theirs[0]) == 0
        assert changed("DELETE FROM customers_card WHERE customer_id = %s", theirs[0]) == 0
    with shops[1].scope():
        assert list(Customer.objects.values_list("name", flat=True)) == ["Anna Arndt"]
        assert Card.objects.count() == 1


def test_a_scope_cannot_write_into_another_tenant(shops: tuple[Shop, Shop]) -> None:
    ours, _ = enrol_look_alikes(shops)
    foreign = shops[1].tenant.pk
    with shops[0].scope():
        # Nothing is returned or read here, so that only the policy for writing can refuse.
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            rows("INSERT INTO team_store (tenant_id, code, name) VALUES (%s, 'x', 'x')", foreign)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Customer.objects.create(tenant_id=foreign, number="1", source="test", enrolled_at=NOW)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            rows("UPDATE customers_customer SET tenant_id = %s WHERE id = %s", foreign, ours[1])


def test_new_rows_get_the_scope_s_tenant_by_themselves(shops: tuple[Shop, Shop]) -> None:
    for shop in shops:
        with shop.scope():
            assert make_customer().tenant_id == shop.tenant.pk
            made = Customer.objects.bulk_create(
                Customer(number=number, source="test", enrolled_at=NOW) for number in "12"
            )
            assert [customer.tenant_id for customer in made] == [shop.tenant.pk] * 2


def test_a_row_cannot_point_at_another_tenant_s_row(shops: tuple[Shop, Shop]) -> None:
    _, theirs = enrol_look_alikes(shops)
    with shops[0].scope(), pytest.raises(IntegrityError, match="customers_card_customer_fk"), transaction.atomic():
        Card.objects.create(customer_id=theirs[0], token="x", issued_at=NOW)


def test_entries_can_be_added_and_read_but_never_changed(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        make_purchase(customer=make_customer())
        for statement in (
            "UPDATE ledger_entry SET points = 9",
            "DELETE FROM ledger_entry",
            "TRUNCATE ledger_entry",
            "UPDATE ledger_lotuse SET points = 9",
            "DELETE FROM ledger_lotuse",
            "UPDATE events_event SET payload = '{}'",
            "DELETE FROM events_event",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                rows(statement)
        assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE customers_customer DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant_isolation ON customers_customer",
        "SET ROLE migrator",
        "SET ROLE ops",
        "SET SESSION AUTHORIZATION migrator",
        "ALTER ROLE app BYPASSRLS",
        "TRUNCATE customers_customer",
        "CREATE TABLE escape (id integer)",
        "CREATE VIEW escape AS SELECT * FROM customers_customer",
        "CREATE FUNCTION escape() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "COPY customers_customer TO PROGRAM 'cat'",
        "COPY customers_customer TO '/tmp/escape'",
    ],
)
def test_sql_cannot_break_out(shops: tuple[Shop, Shop], statement: str) -> None:
    refusal = "permission denied|must be owner|must be superuser|cannot set|to COPY|does not exist"
    with shops[0].scope(), pytest.raises(DatabaseError, match=refusal), transaction.atomic():
        rows(statement)


def test_switching_row_security_off_raises_and_shows_nothing(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        rows("SET LOCAL row_security = off")
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            rows(COUNT)


def test_a_scope_inside_another_tenant_s_is_refused(shops: tuple[Shop, Shop]) -> None:
    morgenrot, nordlicht = shops
    with morgenrot.scope():
        with pytest.raises(CrossTenant), nordlicht.scope():
            pass
        assert current_tenant() == morgenrot.tenant
        with pytest.raises(CrossTenant), identity_scope(make_user()):
            pass


def test_a_scope_inside_the_same_tenant_s_changes_nothing(shops: tuple[Shop, Shop]) -> None:
    enrol_look_alikes(shops)
    with shops[0].scope():
        with shops[0].scope():
            assert Customer.objects.count() == 2
        assert Customer.objects.count() == 2


@pytest.mark.parametrize("wrong", [None, "", "1", 0, 1, True, 1.0, Tenant(slug="unsaved")])
def test_only_a_saved_tenant_opens_a_scope(db: None, wrong: object) -> None:
    with pytest.raises(TenantNotSet), tenant_scope(wrong):  # type: ignore[arg-type]
        pass
    assert scoped_tenant() is None


def test_no_tenant_is_current_outside_a_scope(db: None) -> None:
    with pytest.raises(TenantNotSet):
        current_tenant()


def test_a_scope_ends_inside_an_outer_transaction(shops: tuple[Shop, Shop]) -> None:
    """Releasing a savepoint keeps a local setting: without care the next statement would still see the tenant."""
    enrol_look_alikes(shops)
    with unguarded(), transaction.atomic():
        with shops[0].scope():
            assert Customer.objects.count() == 2
        assert Customer.objects.count() == 0
        assert rows(SETTING) == [("",)]
        with shops[1].scope():
            assert Customer.objects.count() == 1
        assert Customer.objects.count() == 0


def _divide_by_zero() -> None:
    raise ZeroDivisionError


def _enrol_and_fail() -> None:
    make_customer(name="Never Kept")
    raise ZeroDivisionError


def _break_a_key() -> None:
    Card.objects.create(customer_id=0, token="x", issued_at=NOW)


def _break_the_transaction() -> None:
    rows("SELECT 1 / 0")


@pytest.mark.parametrize(
    ("fail", "error"),
    [
        (_divide_by_zero, ZeroDivisionError),
        (_break_a_key, IntegrityError),
        (_break_the_transaction, DatabaseError),
    ],
)
def test_a_scope_ends_with_the_error_that_ended_it(
    shops: tuple[Shop, Shop], fail: Callable[[], None], error: type[Exception]
) -> None:
    enrol_look_alikes(shops)
    with transaction.atomic():
        with pytest.raises(error) as raised, shops[0].scope():
            fail()
        assert not isinstance(raised.value, InternalError)
        assert scoped_tenant() is None
        with unguarded():
            assert Customer.objects.count() == 0


def test_an_identity_scope_ends_inside_an_outer_transaction(shops: tuple[Shop, Shop]) -> None:
    with transaction.atomic():
        with identity_scope(make_user()):
            pass
        assert rows("SELECT coalesce(current_setting('app.user_id', true), '')") == [("",)]


@pytest.mark.django_db(transaction=True)
def test_a_scope_ends_with_its_transaction_also_after_an_error(shops: tuple[Shop, Shop]) -> None:
    enrol_look_alikes(shops)
    with unguarded():
        with shops[0].scope():
            assert Customer.objects.count() == 2
        assert Customer.objects.count() == 0
        with pytest.raises(ZeroDivisionError), shops[0].scope():
            _enrol_and_fail()
        assert Customer.objects.count() == 0
    with shops[0].scope():
        assert Customer.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_setting_never_outlives_its_transaction(shops: tuple[Shop, Shop]) -> None:
    """A pooler hands the session to somebody else."""
    with shops[0].scope():
        backend = rows("SELECT pg_backend_pid()")
    assert rows("SELECT pg_backend_pid()") == backend
    assert rows(SETTING) == [("",)]


@pytest.mark.django_db(transaction=True)
def test_a_server_side_cursor_dies_with_its_scope(shops: tuple[Shop, Shop]) -> None:
    enrol_look_alikes(shops)
    with shops[0].scope():
        rest = Customer.objects.order_by("pk").iterator(chunk_size=1)
        assert next(rest).name == "Anna Arndt"
    with pytest.raises(DatabaseError):
        list(rest)


def test_a_lazy_query_that_leaves_its_scope_is_loud(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        customers = Customer.objects.all()
    with pytest.raises(TenantNotSet):
        list(customers)


def test_a_new_connection_is_guarded_and_knows_no_tenant(db: None) -> None:
    other = connection.copy("default")
    try:
        with other.cursor() as cursor, pytest.raises(TenantNotSet):
            cursor.execute(COUNT)
    finally:
        other.close()


def test_what_is_left_for_afterwards_is_done_once_also_where_all_else_was_undone(shops: tuple[Shop, Shop]) -> None:
    own, other = shops
    told: list[int] = []

    def note() -> None:
        told.append(current_tenant().pk)
        make_customer()

    def refused() -> None:
        make_customer()
        do_afterwards(note)
        with own.scope():
            do_afterwards(note)
        assert told == []
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), own.scope():
        refused()
    with other.scope():
        do_afterwards(note)
    assert told == [own.tenant.pk, own.tenant.pk, other.tenant.pk]
    assert scoped_tenant() is None
    for shop, kept in ((own, 2), (other, 1)):
        with shop.scope():
            assert Customer.objects.count() == kept
    with pytest.raises(TenantNotSet):
        do_afterwards(note)
