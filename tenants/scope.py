"""The tenant scope: one transaction in which the database shows and accepts one tenant's rows only.

The state lives on the connection and not in a context variable, because the database setting lives there too.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

from django.apps import apps
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from structlog.contextvars import bound_contextvars

from tenants.database import OWNER_ROLE, TENANT_SETTING, USER_SETTING
from tenants.errors import CrossTenant, ShopClosed, TenantNotSet
from tenants.models import Tenant, TenantModel, User
from tenants.postgresql.base import DatabaseWrapper


@contextmanager
def tenant_scope(tenant: Tenant) -> Iterator[Tenant]:
    """Open a transaction in which only `tenant`'s rows exist. Re-entrant for the same tenant.

    Raises TenantNotSet for anything but a saved tenant, CrossTenant inside another tenant's scope.
    """
    if not _is_saved(tenant):
        raise TenantNotSet(f"not a saved tenant: {tenant!r}")
    outer = scoped_tenant()
    if outer is not None:
        if outer.pk != tenant.pk:
            raise CrossTenant(f"scope of {tenant} opened inside the scope of {outer}")
        yield outer
        return
    afterwards: list[Callable[[], object]] = []
    try:
        with transaction.atomic(), bound_contextvars(tenant=tenant.pk):  # for every line that is logged inside
            _tell_database(TENANT_SETTING, str(tenant.pk))
            _state().update(tenant=tenant, afterwards=afterwards)
            try:
                yield tenant
            finally:
                _state().pop("tenant", None)
                _state().pop("afterwards", None)
            _forget_in_outer_transaction(TENANT_SETTING)
    finally:
        for act in afterwards:
            with tenant_scope(tenant):
                act()


def do_afterwards(act: Callable[[], object]) -> None:
    """Once the open scope has ended, in one of its own: it stays although what asked for it was refused."""
    current_tenant()
    _state()["afterwards"].append(act)


@contextmanager
def identity_scope(user: User) -> Iterator[None]:
    """Before a tenant is known: a transaction in which a user's own memberships are readable, nothing else."""
    if scoped_tenant() is not None:
        raise CrossTenant("identity scope opened inside a tenant scope")
    with transaction.atomic():
        _tell_database(USER_SETTING, str(int(user.pk)))
        _state()["identity"] = user.pk
        try:
            yield
        finally:
            _state().pop("identity", None)
        _forget_in_outer_transaction(USER_SETTING)


def current_tenant() -> Tenant:
    """The tenant of the open scope; raises TenantNotSet outside one."""
    tenant = scoped_tenant()
    if tenant is None:
        raise TenantNotSet("no tenant scope is open")
    return tenant


def refuse_closed() -> None:
    """Raise ShopClosed where the shop of the open scope has been closed."""
    if current_tenant().closed_at is not None:
        raise ShopClosed


def scoped_tenant() -> Tenant | None:
    return _state().get("tenant")


def install_guard() -> None:
    connection_created.connect(_guard_connection, dispatch_uid="tenants.scope")


def guard(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Raise where a query touches a tenant's table outside a scope; the database would silently find nothing."""
    state = _state(context["connection"])
    if "tenant" not in state and isinstance(sql, str):
        touched = set(_tenant_tables().findall(sql))
        if "identity" in state:
            touched -= _identity_tables()
        if touched:
            raise TenantNotSet(f"query on {', '.join(sorted(touched))} outside a tenant scope")
    return execute(sql, params, many, context)


def _guard_connection(sender: object, connection: BaseDatabaseWrapper, **_: object) -> None:
    _state(connection).clear()
    owner = connection.settings_dict["USER"] == OWNER_ROLE
    if not owner and guard not in connection.execute_wrappers:
        connection.execute_wrappers.append(guard)


def _is_saved(tenant: object) -> bool:
    return isinstance(tenant, Tenant) and tenant.pk is not None


def _state(on: Any = connection) -> dict[str, Any]:
    """Scope state of a connection: `tenant` or `identity`."""
    try:
        return on._tenancy
    except AttributeError:
        on._tenancy = {}
        return on._tenancy


def _tell_database(setting: str, value: str) -> None:
    """The one place that tells the database who is asking; local to the transaction, so poolers are safe.

    It travels with whatever is asked next.
    """
    cast("DatabaseWrapper", connection).later("SELECT set_config(%s, %s, true)", [setting, value], writes=False)


def _forget_in_outer_transaction(setting: str) -> None:
    """Releasing a savepoint keeps a local setting, so an outer transaction must be told that the scope ended.

    After an error there is nothing to tell: rolling back to the savepoint restores the setting.
    """
    if connection.savepoint_ids and not connection.needs_rollback and connection.connection is not None:
        _tell_database(setting, "")


@cache
def _tenant_tables() -> re.Pattern[str]:
    names = sorted(model._meta.db_table for model in tenant_models())
    return re.compile(r"\b(" + "|".join(map(re.escape, names)) + r")\b")


@cache
def _identity_tables() -> frozenset[str]:
    return frozenset(model._meta.db_table for model in tenant_models() if getattr(model, "READABLE_BY_OWN_USER", False))


def tenant_models() -> list[Any]:
    """Every concrete model whose rows belong to a tenant."""
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]
