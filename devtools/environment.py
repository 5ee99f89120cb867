"""What the product's processes get to know: the environment contract between ./dev and the settings."""

import os
from pathlib import Path

from devtools import database_roles
from devtools.places import ROOT, secret, var_folder
from devtools.servers import Services

DEFAULT_PORT = 8000


def product_environment(services: Services, *, port: int = DEFAULT_PORT) -> dict[str, str]:
    """For web, worker, beat and management commands: the role `app`, and debugging on."""
    var = var_folder()
    (var / "mail").mkdir(exist_ok=True)
    return {
        **database_environment(services.database_url),
        "REDIS_URL": services.redis_url,
        "SECRET_KEY": os.environ.get("SECRET_KEY") or secret(var / "secret-key"),
        "DEVELOPMENT": os.environ.get("DEVELOPMENT", "1"),
        "BASE_DOMAIN": os.environ.get("BASE_DOMAIN", f"localhost:{port}"),
        "VAR_DIR": str(var),
        "EMAIL_URL": os.environ.get("EMAIL_URL", f"filemail:///{var}/mail"),
        "DJANGO_SETTINGS_MODULE": "loyalty.settings",
    }


def database_environment(database_url: str) -> dict[str, str]:
    """The roles' URLs; an environment that already has them (a child of ./dev) is taken as it is."""
    if "ADMIN_DATABASE_URL" in os.environ and "MIGRATOR_DATABASE_URL" in os.environ:
        names = ("DATABASE_URL", "MIGRATOR_DATABASE_URL", "OPS_DATABASE_URL", "ADMIN_DATABASE_URL")
        return {name: os.environ[name] for name in names if name in os.environ}
    return database_roles.ensure_roles(database_url).environment


def as_migrator(environment: dict[str, str]) -> dict[str, str]:
    """The same for the release step: the role that owns the tables, one connection."""
    return environment | {"DATABASE_URL": environment["MIGRATOR_DATABASE_URL"], "DB_POOL": "0"}


def offline_environment(var: Path) -> dict[str, str]:
    """Enough to load the settings; nothing answers at these addresses."""
    return {
        "DATABASE_URL": "postgres://app:none@127.0.0.1:9/loyalty",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "SECRET_KEY": "only-to-load-the-settings",
        "BASE_DOMAIN": f"localhost:{DEFAULT_PORT}",
        "VAR_DIR": str(var),
        "DB_POOL": "0",
        "DEVELOPMENT": "1",
        "DJANGO_SETTINGS_MODULE": "loyalty.settings",
        "PYTHONPATH": str(ROOT),
    }
