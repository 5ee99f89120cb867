"""Ways of building tenancy that look right and leak, each seen leaking, beside the product's way."""

import os

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from customers.models import Customer
from tests.conftest import owner_connection
from tests.factories import Shop
from tests.tenants.conftest import Trial
from tests.tenants.laboratory import changed, rows, unguarded
from tests.tenants.test_scope import COUNT, enrol_look_alikes

TENANT = "SELECT set_config('app.tenant_id', %s, true)"


def test_pitfall_a_setting_once_used_is_empty_and_no_longer_null(django_db_setup: None) -> None:
    """Hence NULLIF in every policy: a bare cast would raise on every pooled connection."""
    setting = "SELECT current_setting('app.tenant_id', true)"
    with owner_connection("DATABASE_URL") as session:
        assert session.execute(setting).fetchone() == (None,)
        with session.transaction():
            session.execute("SELECT set_config('app.tenant_id', '1', true)")
        assert session.execute(setting).fetchone() == ("",)
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            session.execute(f"{setting[:-1]})::bigint")
        assert session.execute("SELECT count(*) FROM customers_customer").fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_pitfall_a_local_setting_outside_a_transaction_is_lost_at_once(shops: tuple[Shop, Shop]) -> None:
    enrol_look_alikes(shops)
    with unguarded():
        rows(TENANT, str(shops[0].tenant.pk))
        assert Customer.objects.count() == 0


@pytest.mark.django_db
def test_pitfall_a_released_savepoint_keeps_the_setting(shops: tuple[Shop, Shop]) -> None:
    """What a naive scope does inside an outer transaction."""
    enrol_look_alikes(shops)
    with unguarded(), transaction.atomic():
        with transaction.atomic():
            rows(TENANT, str(shops[0].tenant.pk))
        assert Customer.objects.count() == 2


@pytest.mark.django_db
def test_pitfall_a_setting_made_by_a_test_hides_a_missing_scope(shops: tuple[Shop, Shop]) -> None:
    enrol_look_alikes(shops)
    with unguarded():
        rows(TENANT, str(shops[0].tenant.pk))
        assert Customer.objects.count() == 2


def test_pitfall_a_plain_foreign_key_looks_across_tenants(trial: Trial) -> None:
    """Key checks ignore row security: a plain key accepts, and so betrays, another shop's row."""
    trial.laboratory.as_owner(
        "ALTER TABLE customers_customer ADD CONSTRAINT global_id UNIQUE (id)",
        "CREATE TABLE plain_note (customer_id bigint REFERENCES customers_customer (id))",
        "GRANT INSERT ON plain_note TO app",
    )
    _, theirs = enrol_look_alikes(trial.shops)
    with trial.shops[0].scope():
        assert changed("INSERT INTO plain_note VALUES (%s)", theirs[0]) == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            rows("INSERT INTO plain_note VALUES (0)")


def test_pitfall_a_unique_index_without_the_tenant_betrays_what_others_hold(trial: Trial) -> None:
    with trial.shops[0].scope():
        rows("UPDATE team_store SET code = 'ours'")
    trial.laboratory.as_owner("CREATE UNIQUE INDEX betrays ON team_store (name, code)")
    with trial.shops[1].scope(), pytest.raises(IntegrityError, match="betrays"), transaction.atomic():
        rows("INSERT INTO team_store (code, name) VALUES ('ours', 'Hauptstraße')")


def test_pitfall_an_upsert_that_meets_another_tenant_s_row_fails(trial: Trial) -> None:
    with trial.shops[0].scope():
        rows("UPDATE team_store SET code = 'ours'")
    trial.laboratory.as_owner("CREATE UNIQUE INDEX betrays ON team_store (name, code)")
    with (
        trial.shops[1].scope(),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        rows(
            "INSERT INTO team_store (code, name) VALUES ('ours', 'Hauptstraße')"
            " ON CONFLICT (name, code) DO UPDATE SET code = 'hijacked'"
        )


def test_pitfall_a_view_sees_with_its_owner_s_eyes(trial: Trial) -> None:
    trial.laboratory.as_owner(
        "CREATE VIEW everybody AS SELECT * FROM team_store",
        "CREATE VIEW own WITH (security_invoker = true) AS SELECT * FROM team_store",
        "CREATE MATERIALIZED VIEW stored AS SELECT * FROM team_store",
        "GRANT SELECT ON everybody, own, stored TO app",
    )
    with trial.shops[0].scope():
        assert rows("SELECT count(*) FROM everybody") == [(2,)]
        assert rows("SELECT count(*) FROM stored") == [(2,)]
        assert rows("SELECT count(*) FROM own") == [(1,)]


def test_pitfall_a_definer_function_sees_with_its_owner_s_eyes(trial: Trial) -> None:
    trial.laboratory.as_owner(
        "CREATE FUNCTION everybody() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS 'SELECT count(*) FROM team_store'"
    )
    with trial.shops[0].scope():
        assert rows("SELECT everybody()") == [(2,)]


def test_pitfall_forced_row_security_turns_data_migrations_into_nothing(trial: Trial) -> None:
    """Hence no FORCE: the owner migrates, and the application owns nothing."""
    trial.laboratory.as_owner("ALTER TABLE team_store FORCE ROW LEVEL SECURITY")
    assert trial.laboratory.owner_rows("UPDATE team_store SET name = name RETURNING id") == []


def test_pitfall_forced_row_security_validates_broken_keys(trial: Trial) -> None:
    trial.laboratory.as_owner(
        "ALTER TABLE team_store FORCE ROW LEVEL SECURITY",
        "ALTER TABLE team_store ADD CONSTRAINT broken"
        " FOREIGN KEY (tenant_id, id) REFERENCES team_device (tenant_id, id)",
    )
    assert rows("SELECT convalidated FROM pg_constraint WHERE conname = 'broken'") == [(True,)]


def test_the_owner_migrates_every_tenant_s_rows_and_validates_for_real(trial: Trial) -> None:
    assert len(trial.laboratory.owner_rows("UPDATE team_store SET name = name RETURNING id")) == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        trial.laboratory.as_owner(
            "ALTER TABLE team_store ADD CONSTRAINT broken"
            " FOREIGN KEY (tenant_id, id) REFERENCES team_device (tenant_id, id)"
        )


@pytest.mark.django_db
def test_pitfall_rows_cannot_be_copied_into_a_tenant_s_table(shops: tuple[Shop, Shop]) -> None:
    with (
        shops[0].scope(),
        pytest.raises((DatabaseError, psycopg.Error), match="COPY FROM not supported"),
        transaction.atomic(),
    ):
        _copy_into("team_store (code, name)")


@pytest.mark.django_db
def test_rows_are_copied_into_a_temporary_table_and_inserted_from_there(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        rows("CREATE TEMPORARY TABLE incoming (code text, name text) ON COMMIT DROP")
        _copy_into("incoming")
        assert changed("INSERT INTO team_store (code, name) SELECT code, name FROM incoming") == 2
        assert rows("SELECT count(*) FROM team_store") == [(3,)]
    with shops[1].scope():
        assert rows("SELECT count(*) FROM team_store") == [(1,)]


def _copy_into(target: str) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        copy.write_row(("a", "Ahornweg"))
        copy.write_row(("b", "Birkenweg"))


@pytest.mark.django_db(transaction=True)
def test_pitfall_a_session_wide_setting_shows_the_tenant_to_the_next_request(shops: tuple[Shop, Shop]) -> None:
    enrol_look_alikes(shops)
    with owner_connection("DATABASE_URL") as session:
        session.execute("SELECT set_config('app.tenant_id', %s, false)", [str(shops[0].tenant.pk)])
        assert session.execute(COUNT).fetchone() == (2,)
        session.execute("DISCARD ALL")
        assert session.execute(COUNT).fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    "OPS_DATABASE_URL" not in os.environ, reason="the admin role cannot make a role that reads past row security"
)
def test_the_backup_reads_every_tenant_s_rows_and_writes_none(shops: tuple[Shop, Shop]) -> None:
    with owner_connection("OPS_DATABASE_URL") as backup:
        assert backup.execute("SELECT count(*) FROM team_store").fetchone() == (2,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            backup.execute("DELETE FROM team_store")
