"""Production does not start with a default, a developer's setting or a gap that everybody forgets once."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.core import checks as django_checks
from django.test import override_settings

from operations import checks
from tenants import startup
from tenants.startup import PRODUCTION, UnsafeStart, refuse_unsafe_start

SAFE: dict[str, Any] = {
    "DEVELOPMENT": False,
    "DEBUG": False,
    "HTTPS": True,
    "TRUSTED_PROXY_COUNT": 1,
    "BASE_DOMAIN": "punktwerk.example",
    "SECRET_KEY": "kJ3-9fQz_Lw7Xv2Tn8Rb4Ym6Hs1Dc5Gp0",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
}


@pytest.fixture(autouse=True)
def collected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "staticfiles_storage", type("Storage", (), {"hashed_files": {"a.css": "a.1.css"}}))


@pytest.fixture
def good_role(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "role_problems", list)


def found(**changes: Any) -> list[str]:
    with override_settings(**SAFE | changes):
        problems = django_checks.run_checks(tags=[PRODUCTION], include_deployment_checks=True)
    return [str(problem.id) for problem in problems]


def test_a_safe_installation_passes() -> None:
    assert found() == []
    assert found(METRICS_TOKEN="v7Rq2-Xn9_Lk4-Zt8_") == []
    assert found(TRUSTED_PROXY_COUNT=0) == []


@pytest.mark.parametrize(
    ("setting", "value", "problem"),
    [
        ("SECRET_KEY", "short", "E001"),
        ("SECRET_KEY", "for-tests-only", "E001"),
        ("SECRET_KEY", "only-to-load-the-settings", "E001"),
        ("SECRET_KEY", "change-me-" * 5, "E001"),
        ("SECRET_KEY", "django-insecure-kJ3-9fQz_Lw7Xv2Tn8Rb4Ym6Hs1Dc5Gp0", "E001"),
        ("METRICS_TOKEN", "prometheus", "E002"),
        ("DEBUG", True, "E003"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "E004"),
        ("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend", "E004"),
        ("EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend", "E004"),
        ("BASE_DOMAIN", "localhost", "E005"),
        ("BASE_DOMAIN", "localhost:8000", "E005"),
        ("BASE_DOMAIN", "punktwerk.localhost", "E005"),
        ("BASE_DOMAIN", "127.0.0.1:8000", "E005"),
        ("BASE_DOMAIN", "punktwerk", "E005"),
        ("BASE_DOMAIN", "", "E005"),
        ("HTTPS", False, "E006"),
        ("TRUSTED_PROXY_COUNT", None, "E007"),
    ],
)
def test_what_is_unsafe_is_named(setting: str, value: object, problem: str) -> None:
    assert found(**{setting: value}) == [f"operations.{problem}"]


def test_static_files_that_were_not_collected_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "staticfiles_storage", type("Storage", (), {"hashed_files": {}}))
    assert found() == ["operations.E008"]


def test_a_process_with_any_of_them_does_not_start_and_tells_all(good_role: None) -> None:
    with override_settings(**SAFE | {"SECRET_KEY": "short", "DEBUG": True}), pytest.raises(UnsafeStart) as refused:
        refuse_unsafe_start()
    assert "SECRET_KEY is no secret" in str(refused.value)
    assert "DEBUG shows settings" in str(refused.value)


def test_a_developer_starts_with_all_of_them(good_role: None) -> None:
    with override_settings(DEVELOPMENT=True, SECRET_KEY="short", BASE_DOMAIN="localhost"):
        refuse_unsafe_start()


def test_development_and_https_exclude_each_other() -> None:
    """Who serves shops over https and still says DEVELOPMENT would switch every check off."""
    answer = load_settings(DEVELOPMENT="1", PUBLIC_SCHEME="https")
    assert "DEVELOPMENT" in answer.stderr.splitlines()[-1]
    assert answer.returncode != 0
    assert load_settings(DEVELOPMENT="1").returncode == 0


@pytest.mark.parametrize("name", ["SECRET_KEY", "BASE_DOMAIN", "DATABASE_URL", "REDIS_URL"])
def test_nothing_that_must_be_said_has_a_default(name: str) -> None:
    answer = load_settings(without=name)
    assert answer.returncode != 0
    assert name in answer.stderr.splitlines()[-1]


def load_settings(*, without: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in (os.environ | changes).items() if name != without}
    return subprocess.run(
        [sys.executable, "-c", "import loyalty.settings"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
