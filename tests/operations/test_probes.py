"""Machines ask whether this one lives and could serve, on any host name; nothing of a shop is shown to them."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.db.utils import OperationalError
from django.test import Client, override_settings

from operations import alive, heartbeat, probes
from operations.tasks import beat
from tenants.valkey import valkey_key
from tests.conftest import redis_server
from tests.factories import Shop
from tests.operations.conftest import Written

pytestmark = pytest.mark.django_db
ANY_HOST = ["127.0.0.1:8000", "web", "unknown.example.org", "not a host"]


@pytest.fixture(autouse=True)
def nobody_seen() -> None:
    redis_server().delete(*(valkey_key(f"heartbeat:{process}") for process in heartbeat.PROCESSES))


def get(path: str, host: str = "127.0.0.1", **headers: str) -> Any:
    return Client(raise_request_exception=False).get(path, HTTP_HOST=host, headers=headers)


@pytest.mark.parametrize("host", ANY_HOST)
def test_the_probes_answer_on_every_host(host: str) -> None:
    assert (get("/healthz", host).status_code, get("/readyz", host).status_code) == (200, 200)


def test_a_shop_s_host_and_the_bare_domain_answer_them_too(shop: Shop) -> None:
    for host in (shop.host, settings.BASE_DOMAIN):
        assert get("/healthz", host).content == b"ok"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_a_probe_can_only_be_read_and_never_kept(path: str) -> None:
    client = Client()
    assert client.post(path).status_code == client.delete(path).status_code == 405
    assert client.head(path).status_code in (200, 404)
    assert "no-store" in get(path)["Cache-Control"]


def test_probes_leave_no_line_in_the_log(written: Written) -> None:
    get("/healthz")
    get("/readyz")
    assert written.lines == []


def test_that_the_process_lives_needs_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "cursor", pytest.fail)
    assert get("/healthz").status_code == 200


def test_ready_names_its_parts_and_when_worker_and_beat_were_seen() -> None:
    assert get("/readyz").json() == {
        "database": "ok",
        "migrations": "ok",
        "valkey": "ok",
        "worker_seen_seconds_ago": None,
        "beat_seen_seconds_ago": None,
    }
    beat()
    heartbeat.seen_publishing()
    answer = get("/readyz").json()
    assert (answer["worker_seen_seconds_ago"], answer["beat_seen_seconds_ago"]) in {(0, 0), (1, 0), (1, 1)}


def test_a_database_that_does_not_answer_is_not_ready(monkeypatch: pytest.MonkeyPatch, written: Written) -> None:
    def refused() -> None:
        raise OperationalError("password authentication failed for Kanarienvogel")

    monkeypatch.setattr(connection, "cursor", refused)
    answer = get("/readyz")
    assert (answer.status_code, answer.json()["database"], answer.json()["valkey"]) == (503, "does not answer", "ok")
    assert written.of("not ready")[0]["part"] == "database"
    assert "Kanarienvogel" not in written.text


def test_a_missing_migration_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    known = probes._known_migrations() | {("ledger", "9999_not_yet_applied")}
    monkeypatch.setattr(probes, "_known_migrations", lambda: known)
    answer = get("/readyz")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "missing")


def test_a_cache_that_does_not_answer_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    unreachable = redis.Redis(port=9, socket_connect_timeout=0.2)
    for module in (probes, heartbeat):
        monkeypatch.setattr(module, "valkey", lambda: unreachable)
    answer = get("/readyz")
    assert (answer.status_code, answer.json()["valkey"], answer.json()["database"]) == (503, "does not answer", "ok")
    assert answer.json()["worker_seen_seconds_ago"] is None


# --- A container's health check -------------------------------------------------------------------------------------


def test_a_heartbeat_is_good_for_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "heartbeat"
    monkeypatch.setenv("HEARTBEAT_FILE", str(path))
    assert alive.main("heartbeat") == 1
    alive.touch()
    assert alive.main("heartbeat") == 0
    old = time.time() - alive.WITHIN_SECONDS - 1
    os.utime(path, (old, old))
    assert alive.main("heartbeat") == 1


def test_without_a_file_nothing_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEARTBEAT_FILE", raising=False)
    alive.touch()


def test_a_web_process_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANIAN_PORT", "9")
    assert alive.main("web") == 1


# --- Figures --------------------------------------------------------------------------------------------------------


def test_without_a_token_there_are_no_figures() -> None:
    assert get("/metrics").status_code == 404
    assert get("/metrics", Authorization="Bearer ").status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "wrong", "Bearer für-Prometheus"])
def test_a_wrong_token_learns_nothing(given: str) -> None:
    with override_settings(METRICS_TOKEN="for-prometheus-only"):
        answer = get("/metrics", Authorization=given)
        assert (answer.status_code, answer.content) == (404, b"")
        assert get("/metrics", Authorization="Bearer for-prometheus-only").status_code == 200
