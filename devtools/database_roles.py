"""Derives the product's database roles from a role that may create roles, the same for every checkout on a cluster."""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from devtools.failure import Failure

# Owns the database and its tables: the release step and the making of test databases.
MIGRATOR = "migrator"
# Web and workers: owns nothing, obeys row-level security.
APP = "app"
# Backups: reads everything.
OPS = "ops"
ATTRIBUTES = {
    MIGRATOR: ("LOGIN", "NOSUPERUSER", "CREATEDB", "NOCREATEROLE", "NOBYPASSRLS"),
    APP: ("LOGIN", "NOSUPERUSER", "NOCREATEDB", "NOCREATEROLE", "NOBYPASSRLS"),
    OPS: ("LOGIN", "NOSUPERUSER", "NOCREATEDB", "NOCREATEROLE", "BYPASSRLS"),
}
READ_ATTRIBUTES = (
    "select rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls from pg_roles where rolname = %s"
)
# Any number that nothing else in the cluster locks.
ADVISORY_LOCK = 7_463_105_221
MAINTENANCE_DATABASE = "postgres"
READ_POWERS = "select rolsuper, rolcreaterole from pg_roles where rolname = current_user"
PRIVILEGES = (
    "GRANT {app} TO {migrator}",
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}",
)
OPS_PRIVILEGES = ("GRANT pg_read_all_data TO {ops}", "GRANT CONNECT ON DATABASE {database} TO {ops}")


@dataclass(frozen=True, kw_only=True)
class RoleUrls:
    """One database, seen by each of its roles."""

    admin: str
    migrator: str
    app: str
    ops: str | None

    @property
    def environment(self) -> dict[str, str]:
        urls = {"DATABASE_URL": self.app, "MIGRATOR_DATABASE_URL": self.migrator, "ADMIN_DATABASE_URL": self.admin}
        return urls | ({"OPS_DATABASE_URL": self.ops} if self.ops else {})


def ensure_roles(admin_url: str) -> RoleUrls:
    """Create or correct the roles and the database that the URL names; safe to call from many places at once."""
    database = database_of(admin_url)
    try:
        with locked_connection(admin_url) as connection:
            roles = possible_roles(connection)
            for role in roles:
                ensure_role(connection, role=role, password=password_for(admin_url, role))
            ensure_database(connection, database)
            for statement in PRIVILEGES + (OPS_PRIVILEGES if OPS in roles else ()):
                run(connection, statement, database=database)
    except psycopg.errors.InsufficientPrivilege as error:
        raise Failure(f"{shown(admin_url)} may not prepare the database roles: {first_line(error)}") from error
    except psycopg.OperationalError as error:
        raise Failure(f"the database {shown(admin_url)} does not answer: {first_line(error)}") from error
    return RoleUrls(
        admin=admin_url,
        migrator=url_for(admin_url, MIGRATOR),
        app=url_for(admin_url, APP),
        ops=url_for(admin_url, OPS) if OPS in roles else None,
    )


def with_database(url: str, name: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def drop_database(admin_url: str) -> None:
    with locked_connection(admin_url) as connection:
        run(connection, "DROP DATABASE IF EXISTS {database} WITH (FORCE)", database=database_of(admin_url))


@contextmanager
def locked_connection(admin_url: str) -> Iterator[psycopg.Connection]:
    """Advisory locks hold within one database: everybody takes it in the maintenance database."""
    url = with_database(admin_url, MAINTENANCE_DATABASE)
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        connection.execute("select pg_advisory_lock(%s)", [ADVISORY_LOCK])
        yield connection


def possible_roles(connection: psycopg.Connection) -> tuple[str, ...]:
    """Only a superuser can make a role that reads past row-level security; development goes without it."""
    is_superuser, creates_roles = connection.execute(READ_POWERS).fetchone() or (False, False)
    if is_superuser:
        return MIGRATOR, APP, OPS
    if creates_roles:
        return MIGRATOR, APP
    user = connection.info.user
    raise Failure(f"DATABASE_URL names the role `{user}`, which may not create roles: name one that may (CREATEROLE)")


def ensure_role(connection: psycopg.Connection, *, role: str, password: str) -> None:
    """Attributes are only named where they are wrong: naming them takes more than CREATEROLE."""
    existing = connection.execute(READ_ATTRIBUTES, [role]).fetchone()
    verb = "CREATE" if existing is None else "ALTER"
    wanted = ATTRIBUTES[role]
    right = existing is not None and existing == tuple(not attribute.startswith("NO") for attribute in wanted)
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    connection.execute(
        sql.SQL(verb + " ROLE {role} {attributes} PASSWORD {password}").format(
            role=sql.Identifier(role),
            attributes=sql.SQL("" if right else " ".join(wanted)),
            password=sql.Literal(verifier),
        )
    )


def ensure_database(connection: psycopg.Connection, database: str) -> None:
    """Owned by migrator; to hand it over, a role that is no superuser has to be a member."""
    run(connection, "GRANT {migrator} TO CURRENT_USER", database=database)
    query = "select pg_get_userbyid(datdba) from pg_database where datname = %s"
    owner = connection.execute(query, [database]).fetchone()
    if owner is None:
        run(connection, "CREATE DATABASE {database} OWNER {migrator}", database=database)
    elif owner[0] != MIGRATOR:
        run(connection, "ALTER DATABASE {database} OWNER TO {migrator}", database=database)


def run(connection: psycopg.Connection, statement: str, *, database: str) -> None:
    names = {"database": database, "migrator": MIGRATOR, "app": APP, "ops": OPS}
    identifiers = {name: sql.Identifier(value) for name, value in names.items()}
    connection.execute(sql.SQL(statement).format(**identifiers))


def password_for(admin_url: str, role: str) -> str:
    """Derived, so that two checkouts on one cluster agree without telling each other."""
    key = unquote(urlsplit(admin_url).password or "")
    return hmac.new(key.encode(), f"loyalty role {role}".encode(), hashlib.sha256).hexdigest()


def url_for(admin_url: str, role: str) -> str:
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{password_for(admin_url, role)}@{host}"))


def database_of(url: str) -> str:
    try:
        name = unquote(urlsplit(url).path.lstrip("/"))
    except ValueError as error:
        raise Failure(f"DATABASE_URL is not a URL: {error}") from error
    if not name or not urlsplit(url).scheme.startswith("postgres"):
        raise Failure("DATABASE_URL must look like postgres://role:password@host:5432/database")
    return name


def shown(url: str) -> str:
    """The URL without its password."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(parts.username or '')}@{host}"))


def first_line(error: psycopg.Error) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
