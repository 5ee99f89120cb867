"""What must hold before a web process or a worker serves anybody."""

from django.conf import settings
from django.core import checks
from django.db import connection

from tenants.scope import tenant_models

# The tag of checks that only an installation for real shops has to pass.
PRODUCTION = "production"


class UnsafeStart(SystemExit):
    """The process must not serve: its message says why."""


def refuse_unsafe_start() -> None:
    """Raise UnsafeStart where a route is unguarded, a setting unsafe, or the role could see across tenants."""
    found = checks.run_checks()
    if not settings.DEVELOPMENT:
        found += checks.run_checks(tags=[PRODUCTION], include_deployment_checks=True)
    problems = [str(problem) for problem in found if problem.is_serious()] + role_problems()
    connection.close()
    if problems:
        raise UnsafeStart("refusing to start:\n  " + "\n  ".join(problems))


def role_problems() -> list[str]:
    """Why the role of the default connection, or one it could become, must not serve requests; empty where it may."""
    tables = [model._meta.db_table for model in tenant_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, bool_or(rolsuper OR rolbypassrls) FROM pg_roles"
            " WHERE pg_has_role(current_user, oid, 'MEMBER')"
        )
        role, bypasses = cursor.fetchone()
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relkind IN ('r', 'p')"
            " AND pg_has_role(current_user, relowner, 'MEMBER') ORDER BY relname",
            [tables],
        )
        owned = [name for (name,) in cursor.fetchall()]
    problems = []
    if bypasses:
        problems.append(f"database role {role} bypasses row-level security")
    if owned:
        problems.append(f"database role {role} owns tenant tables: {', '.join(owned)}")
    return problems
