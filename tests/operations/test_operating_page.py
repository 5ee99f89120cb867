"""The operators' page names every setting there is, and none that is not."""

import re

from devtools.containers import COMPOSE_FILE
from devtools.places import ROOT
from operations import database_roles

PAGE = (ROOT / "docs" / "operating.md").read_text()
OF_PROCESSES = {"PG_BINDIR", "GRANIAN_PORT", "HEARTBEAT_FILE", "ADMIN_DATABASE_URL", *database_roles.URLS.values()}


def described() -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE))


def read_by_settings() -> set[str]:
    text = (ROOT / "loyalty" / "settings.py").read_text()
    names = set(re.findall(r"\benv(?:\.\w+)?\(\s*['\"]([A-Z_]+)['\"]", text))
    operator = re.search(r"for name in \(([^)]+)\)", text)
    assert operator
    return names | {f"OPERATOR_{name.upper()}" for name in re.findall(r'"(\w+)"', operator[1])}


def named_by_compose() -> set[str]:
    text = COMPOSE_FILE.read_text()
    return set(re.findall(r"\$\{([A-Z_]+)", text)) | set(re.findall(r"^  ([A-Z_]+):$", text, re.MULTILINE))


def test_every_variable_is_described_and_no_other() -> None:
    assert described() == read_by_settings() | named_by_compose() | OF_PROCESSES


def test_every_operator_s_setting_reaches_the_containers() -> None:
    assert {name for name in read_by_settings() if name.startswith("OPERATOR_")} <= named_by_compose()


def test_every_command_on_the_page_names_a_service() -> None:
    services = set(re.findall(r"^  ([a-z]+):$", COMPOSE_FILE.read_text(), re.MULTILINE))
    named = set(re.findall(r"docker compose (?:run --rm|exec|logs) ([a-z]+)", PAGE))
    assert named
    assert named <= services


def test_every_figure_on_the_page_exists() -> None:
    code = (ROOT / "operations" / "metrics.py").read_text()
    figures = set(re.findall(r"loyalty_([a-z_]+)", PAGE)) - {"2"}
    assert figures
    missing = {name for name in figures if f'"{name.removesuffix("_total")}"' not in code and name not in code}
    assert missing == set()
