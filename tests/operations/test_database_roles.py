"""An operator's roles: each as small as it must be, with its own password, and none from half an environment."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from devtools.places import temporary_folder
from devtools.postgres import Postgres
from operations import database_roles

PASSWORDS = {role: f"{role}-0123456789abcdef" for role in database_roles.URLS}


@pytest.fixture(scope="module")
def admin_url() -> Iterator[str]:
    """A cluster of its own: a role's password holds for the whole cluster."""
    with temporary_folder() as folder:
        postgres = Postgres(folder, durable=False)
        try:
            yield postgres.start()
        finally:
            postgres.stop()


def url(admin_url: str, role: str, password: str) -> str:
    return f"postgres://{role}:{password}@{urlsplit(admin_url).netloc.rpartition('@')[2]}/loyalty"


@pytest.fixture
def environment(admin_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    urls = {variable: url(admin_url, role, PASSWORDS[role]) for role, variable in database_roles.URLS.items()}
    urls["ADMIN_DATABASE_URL"] = admin_url
    for name, value in urls.items():
        monkeypatch.setenv(name, value)
    return urls


def signs_in(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def test_every_role_signs_in_with_its_own_password(
    environment: dict[str, str], admin_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert database_roles.main() == 0
    assert database_roles.main() == 0, "safe to repeat"
    assert all(signs_in(environment[variable]) for variable in database_roles.URLS.values())
    assert not signs_in(url(admin_url, "app", PASSWORDS["migrator"]))
    output = capsys.readouterr()
    assert "database loyalty is ready for migrator, app, ops" in output.out
    assert not any(password in output.out + output.err for password in PASSWORDS.values())


def test_a_new_password_replaces_the_old_one(
    environment: dict[str, str], admin_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database_roles.main()
    changed = url(admin_url, "app", "another-0123456789abcdef")
    monkeypatch.setenv("DATABASE_URL", changed)
    assert database_roles.main() == 0
    assert signs_in(changed)
    assert not signs_in(environment["DATABASE_URL"])


def test_no_password_is_kept_where_it_could_be_read(environment: dict[str, str], admin_url: str) -> None:
    database_roles.main()
    with psycopg.connect(admin_url) as admin:
        kept = admin.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'app'").fetchone()
    assert kept
    assert str(kept[0]).startswith("SCRAM-SHA-256$")


def test_without_an_url_for_backups_there_is_no_such_role(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OPS_DATABASE_URL")
    assert database_roles.main() == 0
    assert "is ready for migrator, app\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("ADMIN_DATABASE_URL", "", "ADMIN_DATABASE_URL is not set"),
        ("DATABASE_URL", "", "DATABASE_URL is not set"),
        ("MIGRATOR_DATABASE_URL", "", "MIGRATOR_DATABASE_URL is not set"),
        ("DATABASE_URL", "postgres://web:0123456789abcdefg@127.0.0.1/loyalty", "must name the role `app`"),
        ("DATABASE_URL", "postgres://app:0123456789abcdefg@127.0.0.1/other", "the database `loyalty`"),
        ("DATABASE_URL", "postgres://app:short@127.0.0.1/loyalty", "less than 16 characters"),
        ("DATABASE_URL", "postgres://app@127.0.0.1/loyalty", "less than 16 characters"),
        ("DATABASE_URL", f"postgres://app:{PASSWORDS['ops']}@127.0.0.1/loyalty", "two roles have the same password"),
        ("ADMIN_DATABASE_URL", "postgres://postgres:hush@127.0.0.1:9/loyalty", "does not answer"),
        ("ADMIN_DATABASE_URL", "mysql://postgres:hush@127.0.0.1:9/loyalty", "must look like postgres://"),
    ],
)
def test_half_an_environment_is_refused_in_one_line(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    complaint: str,
) -> None:
    monkeypatch.setenv(variable, value)
    assert database_roles.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert complaint in line
    assert not any(secret in line for secret in ("hush", *PASSWORDS.values()))
