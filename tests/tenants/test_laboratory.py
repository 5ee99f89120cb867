"""The harness itself must not be able to lie: tests run as the application and the laboratory leaves nothing behind."""

import pytest

from tenants.models import Tenant
from tests.factories import Shop, make_tenant
from tests.tenants.laboratory import Laboratory, open_laboratory, rows, unguarded

WHO = "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"


@pytest.mark.django_db
def test_tests_run_as_the_application_which_bypasses_nothing() -> None:
    assert rows(WHO) == [("app", False, False)]
    assert rows("SELECT session_user") == [("app",)]


@pytest.mark.django_db(transaction=True)
def test_the_laboratory_acts_as_the_application_and_leaves_nothing_behind() -> None:
    with open_laboratory() as laboratory:
        assert rows(WHO) == [("app", False, False)]
        make_tenant("transient")
        laboratory.as_owner("CREATE TABLE transient (id integer)")
        assert laboratory.owner_rows("SELECT current_user") == [("migrator",)]
        assert rows(WHO) == [("app", False, False)]
    assert rows("SELECT session_user") == [("app",)]
    assert not Tenant.objects.filter(slug="transient").exists()
    assert rows("SELECT to_regclass('transient')") == [(None,)]


def _drop_a_policy_and_fail(laboratory: Laboratory) -> None:
    laboratory.as_owner("DROP POLICY tenant_isolation ON customers_customer")
    raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_the_laboratory_leaves_nothing_behind_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), open_laboratory() as laboratory:
        _drop_a_policy_and_fail(laboratory)
    assert rows("SELECT count(*) FROM pg_policies WHERE tablename = %s", "customers_customer") == [(1,)]


def test_two_shops_hold_rows_of_the_same_kind(shops: tuple[Shop, Shop]) -> None:
    """Without a second tenant's rows no test could see a leak."""
    morgenrot, nordlicht = shops
    for shop in shops:
        with shop.scope(), unguarded():
            assert rows("SELECT count(*) FROM team_store") == [(1,)]
    assert morgenrot.tenant.pk != nordlicht.tenant.pk
