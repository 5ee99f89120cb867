"""`python -m operations.database_roles`: the product's roles and database on a server, made or put right.

Each role's URL names its password, so that they are said once: ADMIN_DATABASE_URL, MIGRATOR_DATABASE_URL, DATABASE_URL
(the application's) and, for backups, OPS_DATABASE_URL. Safe to repeat, also from many places at once.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

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
URLS = {MIGRATOR: "MIGRATOR_DATABASE_URL", APP: "DATABASE_URL", OPS: "OPS_DATABASE_URL"}
SHORTEST_PASSWORD = 16


class Refused(Exception):
    """Why the roles could not be made, in words for the person who asked."""


def prepare(admin_url: str, passwords: Mapping[str, str]) -> tuple[str, ...]:
    """Create or correct those of the named roles that the admin may make, and the database; returns the roles."""
    database = database_of(admin_url)
    try:
        with locked_connection(admin_url) as connection:
            roles = tuple(role for role in possible_roles(connection) if role in passwords)
            for role in roles:
                ensure_role(connection, role=role, password=passwords[role])
            ensure_database(connection, database)
            for statement in PRIVILEGES + (OPS_PRIVILEGES if OPS in roles else ()):
                run(connection, statement, database=database)
    except psycopg.errors.InsufficientPrivilege as error:
        raise Refused(f"{shown(admin_url)} may not prepare the database roles: {first_line(error)}") from error
    except psycopg.OperationalError as error:
        raise Refused(f"the database {shown(admin_url)} does not answer: {first_line(error)}") from error
    return roles


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
    raise Refused(f"the role `{user}` may not create roles: name one that may (CREATEROLE)")


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


def with_database(url: str, name: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def database_of(url: str) -> str:
    try:
        name = unquote(urlsplit(url).path.lstrip("/"))
    except ValueError as error:
        raise Refused(f"not a database's URL: {error}") from error
    if not name or not urlsplit(url).scheme.startswith("postgres"):
        raise Refused("a database's URL must look like postgres://role:password@host:5432/database")
    return name


def shown(url: str) -> str:
    """The URL without its password."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(parts.username or '')}@{host}"))


def first_line(error: psycopg.Error) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def stated_passwords(environment: Mapping[str, str], *, database: str) -> dict[str, str]:
    """Each role's password as its URL says it. Policies name the roles, so theirs cannot be called otherwise."""
    passwords = {}
    for role, variable in URLS.items():
        url = environment.get(variable, "")
        if not url and role == OPS:
            continue
        if not url:
            raise Refused(f"{variable} is not set")
        parts = urlsplit(url)
        if parts.username != role or database_of(url) != database:
            raise Refused(f"{variable} must name the role `{role}` and the database `{database}`")
        passwords[role] = unquote(parts.password or "")
        if len(passwords[role]) < SHORTEST_PASSWORD:
            raise Refused(f"the password in {variable} has less than {SHORTEST_PASSWORD} characters")
    if len(set(passwords.values())) < len(passwords):
        raise Refused("two roles have the same password")
    return passwords


def main() -> int:
    admin_url = os.environ.get("ADMIN_DATABASE_URL", "")
    try:
        if not admin_url:
            raise Refused("ADMIN_DATABASE_URL is not set")
        database = database_of(admin_url)
        passwords = stated_passwords(os.environ, database=database)
        roles = prepare(admin_url, passwords)
    except Refused as refusal:
        print(f"refused: {refusal}", file=sys.stderr)  # noqa: T201 - a command's answer
        return 1
    print(f"database {database} is ready for {', '.join(roles)}")  # noqa: T201 - a command's answer
    if missing := passwords.keys() - set(roles):
        print(f"not made, only a superuser may: {', '.join(missing)}")  # noqa: T201 - a command's answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
