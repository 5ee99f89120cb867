"""Derives the product's database roles from a role that may create roles, the same for every checkout on a cluster."""

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

from devtools.failure import Failure
from operations.database_roles import (
    APP,
    MIGRATOR,
    OPS,
    Refused,
    database_of,
    locked_connection,
    prepare,
    run,
    with_database,
)

__all__ = ["RoleUrls", "database_of", "drop_database", "ensure_roles", "with_database"]


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
    passwords = {role: password_for(admin_url, role) for role in (MIGRATOR, APP, OPS)}
    try:
        roles = prepare(admin_url, passwords)
    except Refused as refusal:
        raise Failure(f"DATABASE_URL: {refusal}") from refusal
    return RoleUrls(
        admin=admin_url,
        migrator=url_for(admin_url, MIGRATOR),
        app=url_for(admin_url, APP),
        ops=url_for(admin_url, OPS) if OPS in roles else None,
    )


def drop_database(admin_url: str) -> None:
    with locked_connection(admin_url) as connection:
        run(connection, "DROP DATABASE IF EXISTS {database} WITH (FORCE)", database=database_of(admin_url))


def password_for(admin_url: str, role: str) -> str:
    """Derived, so that two checkouts on one cluster agree without telling each other."""
    key = unquote(urlsplit(admin_url).password or "")
    return hmac.new(key.encode(), f"loyalty role {role}".encode(), hashlib.sha256).hexdigest()


def url_for(admin_url: str, role: str) -> str:
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{password_for(admin_url, role)}@{host}"))
