"""docker-compose.yml is no wish: each service's own command starts, works and stops, with what the image would hold."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devtools import containers
from devtools.failure import Failure
from devtools.places import ROOT, temporary_folder
from devtools.postgres import FIRST_WITH_BUILTIN_LOCALES
from tests.operations.installation import PATIENCE_SECONDS, Installation, copy_image, wait_until
from tests.operations.test_logs import CANARIES, leaks

SECRETS = {
    "SECRET_KEY": "Zk3-9fQw_Lx7Xv2Tn8Rb4Ym6Hs1Dc5Gp0Aa",
    "BASE_DOMAIN": "punktwerk.example",
    "TRUSTED_PROXY_COUNT": "1",
    # Nothing listens there: mail that fails is part of the trial.
    "EMAIL_URL": "smtp://127.0.0.1:9",
    "DEFAULT_FROM_EMAIL": "treue@punktwerk.example",
    "POSTGRES_PASSWORD": "postgres-0123456789abcdef",
    "MIGRATOR_PASSWORD": "migrator-0123456789abcdef",
    "APP_PASSWORD": "app-0123456789abcdef",
    "OPS_PASSWORD": "ops-0123456789abcdef",
    "VALKEY_PASSWORD": "valkey-0123456789abcdef",
    "METRICS_TOKEN": "metrics-0123456789abcdef",
}
SHOP = "blumen.punktwerk.example"


@pytest.fixture
def installation() -> Iterator[Installation]:
    with temporary_folder() as folder:
        installation = Installation(folder=folder, secrets=dict(SECRETS))
        postgres = installation.start_postgres()
        try:
            yield installation
        finally:
            installation.stop()
            postgres.stop()


def test_an_installation_from_its_first_start_to_its_last_stop(installation: Installation) -> None:
    installation.collect_static()
    installation.start_valkey()
    prepares_roles_and_tables(installation)
    does_not_start_unsafe(installation)
    web, worker, beat = (installation.start(name) for name in ("web", "worker", "beat"))
    becomes_healthy(installation)
    serves_a_shop(installation)
    shows_figures(installation)
    keeps_personal_data_out_of_logs(installation)
    backs_up_and_restores(installation)
    for service in (beat, worker, web, installation.running[0]):
        assert service.stop() == 0, service.text[-2000:]


def prepares_roles_and_tables(installation: Installation) -> None:
    for _ in range(2):  # as at every start
        assert "database loyalty is ready for migrator, app, ops" in installation.run("roles")
    installation.run("release")
    assert installation.is_healthy("postgres")


def does_not_start_unsafe(installation: Installation) -> None:
    """Nor does it try for ever: the engine sees it end and tells."""
    environment = installation.services["web"]["environment"]
    environment["DEBUG"] = "1"
    web = installation.start("web")
    assert web.process.wait(PATIENCE_SECONDS) != 0
    assert "DEBUG shows settings and data to everybody" in web.text
    del environment["DEBUG"]
    installation.running.remove(web)


def becomes_healthy(installation: Installation) -> None:
    for name in ("web", "worker", "beat"):
        wait_until(lambda name=name: installation.is_healthy(name), f"{name} is healthy")  # type: ignore[misc]
    wait_until(lambda: installation.ask("/readyz").json["worker_seen_seconds_ago"] is not None, "the worker is seen")
    ready = installation.ask("/readyz", host="10.0.0.7")
    assert ready.status == 200
    assert ready.json | {"worker_seen_seconds_ago": 0, "beat_seen_seconds_ago": 0} == {
        "database": "ok",
        "migrations": "ok",
        "valkey": "ok",
        "worker_seen_seconds_ago": 0,
        "beat_seen_seconds_ago": 0,
    }


def serves_a_shop(installation: Installation) -> None:
    """Opened by command; its page, its hashed and compressed files, and a purchase from a till."""
    command = ["python", "manage.py", "create_tenant", "blumen", "--name=Blumen Krause", "--currency=EUR"]
    opened = installation.run("web", *command, "--owner=krause@example.org")
    key = re.search(r"lk_blumen_\S+", opened)
    assert key
    page = installation.ask("/sign-in/", host=SHOP)
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    sheet = re.search(rb'href="(/static/css/portal\.[0-9a-f]{12}\.css)"', page.body)
    assert sheet
    served = installation.ask(sheet[1].decode(), host=SHOP, headers={"Accept-Encoding": "gzip"})
    assert "immutable" in served.headers["Cache-Control"]
    assert b"{" in gzip.decompress(served.body)
    purchase = {"customer": {"email": CANARIES["mail"]}, "total": "24.90", "currency": "EUR"}
    customer = {"name": CANARIES["name"], "email": CANARIES["mail"], "phone": CANARIES["phone"]}
    assert call(installation, "customers", customer, key[0]).status == 201
    assert call(installation, "customers", customer, key[0]).status in (409, 422)
    assert call(installation, "purchases", purchase, key[0]).status == 201


def call(installation: Installation, path: str, body: dict[str, Any], key: str) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": "receipt-1"}
    return installation.ask(f"/api/v1/{path}", host=SHOP, body=json.dumps(body).encode(), headers=headers)


def shows_figures(installation: Installation) -> None:
    """Of all processes at one address: web counts the purchase, the worker its tasks."""

    known = {"Authorization": f"Bearer {SECRETS['METRICS_TOKEN']}"}

    def figures() -> str:
        return installation.ask("/metrics", headers=known).body.decode()

    assert installation.ask("/metrics").status == 404
    wait_until(lambda: 'loyalty_events_total{event="purchase.recorded"} 1.0' in figures(), "the purchase is counted")
    wait_until(
        lambda: 'loyalty_tasks_total{state="SUCCESS",task="operations.tasks.heartbeat"}' in figures(),
        "the worker's tasks are counted",
    )
    assert 'loyalty_requests_total{method="POST",route="/api/v1/purchases",status="201"} 1.0' in figures()


def keeps_personal_data_out_of_logs(installation: Installation) -> None:
    """A code that cannot be mailed, a path and a query with a name: no log has any of it, the database's included."""
    worker = next(service for service in installation.running if service.name == "worker")
    page = installation.ask("/sign-in/", host=SHOP)
    token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.body)
    assert token
    cookies = "; ".join(re.findall(r"__Host-[a-z]+=[^;]+", page.headers["Set-Cookie"]))
    form = f"csrfmiddlewaretoken={token[1].decode()}&email={CANARIES['mail']}".encode()
    origin = {"Cookie": cookies, "Origin": f"https://{SHOP}", "Content-Type": "application/x-www-form-urlencoded"}
    assert installation.ask("/sign-in/", host=SHOP, body=form, headers=origin).status in (200, 302)
    installation.ask(f"/{CANARIES['name']}?q={CANARIES['phone']}", host=SHOP)
    wait_until(lambda: "RETRY" in worker.text, "the mail is tried again later")
    for service in installation.running:
        if service.name != "valkey":
            assert [line for line in service.text.splitlines() if not is_json(line)] == [], service.name
    logs = "\n".join(path.read_text(errors="replace") for path in installation.folder.glob("*.log"))
    assert leaks(logs, "lk_blumen_", *installation.secrets["SECRET_KEY"].split()) == []


def is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def backs_up_and_restores(installation: Installation) -> None:
    installation.run("backup")
    (dump,) = (installation.folder / "backups").glob("*.dump")
    installation.services = containers.services(SECRETS | {"DATABASE_NAME": "drill"})
    installation.run("roles")
    proof = installation.run("restore", "python", "manage.py", "restore", f"/backups/{dump.name}")
    assert "counts, ledger and row security are right" in proof


# --- The files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(containers.required_variables()))
def test_no_secret_has_a_default(name: str) -> None:
    with pytest.raises(Failure, match=f"required variable {name} is missing a value"):
        containers.services({key: value for key, value in SECRETS.items() if key != name})


def test_what_must_be_said_is_what_this_trial_says() -> None:
    assert containers.required_variables() == SECRETS.keys() - {"METRICS_TOKEN"}


def test_the_product_s_containers_can_do_little() -> None:
    for name, service in containers.services(SECRETS).items():
        assert service.get("cap_drop") == ["ALL"] or name == "postgres", name
        if service["image"].startswith("punktwerk"):
            assert service["read_only"] is True
            assert service["security_opt"] == ["no-new-privileges:true"]
        assert all(port["host_ip"] == "127.0.0.1" for port in service.get("ports", [])), name


def test_every_service_that_stays_is_started_again_and_asked_for_its_health() -> None:
    services = containers.services(SECRETS)
    staying = {name for name, service in services.items() if service.get("restart") == "unless-stopped"}
    assert staying == {"postgres", "valkey", "web", "worker", "beat", "mail"}
    assert {name for name in staying if "healthcheck" not in services[name]} == {"mail"}


def test_only_the_release_owns_tables_and_only_the_roles_step_knows_the_superuser() -> None:
    services = containers.services(SECRETS)

    def knowing(secret: str) -> set[str]:
        return {name for name, service in services.items() if SECRETS[secret] in str(service.get("environment"))}

    assert knowing("POSTGRES_PASSWORD") == {"postgres", "roles"}
    assert knowing("MIGRATOR_PASSWORD") == {"roles", "release", "restore"}
    assert knowing("OPS_PASSWORD") == {"roles", "backup"}


def test_the_database_has_the_locale_that_tests_have() -> None:
    arguments = containers.services(SECRETS)["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    assert arguments == ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8"]
    assert FIRST_WITH_BUILTIN_LOCALES <= 18


def test_the_image_holds_the_product_and_nothing_else(tmp_path: Path) -> None:
    copy_image(tmp_path / "image")
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    held = {path.name for path in (tmp_path / "image").iterdir()}
    assert held == packages - {"tests", "devtools"} | {
        "LICENSE",
        "locale",
        "manage.py",
        "pyproject.toml",
        "requirements.lock",
        "requirements-dev.lock",
        "static",
        "templates",
    }
    assert (tmp_path / "image" / "locale" / "de" / "LC_MESSAGES" / "django.mo").exists()
