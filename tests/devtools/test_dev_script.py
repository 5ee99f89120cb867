"""The script that makes .venv: a damaged lock is refused, a moved checkout is noticed."""

import importlib.util
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from devtools.places import ROOT

MISMATCH = "  × Failed to download `django==5.2.19`\n  ╰─▶ Hash mismatch for `django==5.2.19`\n"
SYNTAX = "error: Unexpected '<', expected '-c', '-e', '-r' or the start of a requirement: requirements-dev.lock:9:1"


@pytest.fixture
def dev(tmp_path: Path) -> ModuleType:
    """The script as a module, with a lock of its own."""
    loader = SourceFileLoader("dev_script", str(ROOT / "dev"))
    spec = importlib.util.spec_from_loader("dev_script", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    module.LOCK = tmp_path / "requirements-dev.lock"  # type: ignore[attr-defined]
    module.LOCK.write_text((ROOT / "requirements-dev.lock").read_text())
    return module


def test_uv_is_installed_with_its_hashes(dev: ModuleType) -> None:
    lines = dev.uv_block().splitlines()
    assert lines[0].startswith("uv==")
    assert all(line.startswith(("uv==", "    --hash=sha256:", "    #")) for line in lines)


@pytest.mark.parametrize("damage", ["", "uv==1.0\n", "django==5.2 \\\n    --hash=sha256:00\n"])
def test_a_lock_without_a_hashed_uv_is_refused(dev: ModuleType, damage: str) -> None:
    dev.LOCK.write_text(damage)
    with pytest.raises(dev.SetupError, match="is damaged"):
        dev.uv_block()


@pytest.mark.parametrize("output", [MISMATCH, SYNTAX])
def test_what_the_installer_says_about_a_tampered_lock_becomes_one_line(dev: ModuleType, output: str) -> None:
    assert dev.told(output), "no second attempt"
    line = dev.explain(output)
    assert line.startswith("requirements-dev.lock ")
    assert "git checkout requirements-dev.lock" in line
    assert "\n" not in line


def test_a_full_disk_is_named(dev: ModuleType) -> None:
    assert dev.explain("OSError: [Errno 28] No space left on device").startswith("the disk is full")


def test_another_lock_or_another_place_needs_another_installation(dev: ModuleType, tmp_path: Path) -> None:
    before = dev.wanted()
    dev.VENV = tmp_path / ".venv"  # type: ignore[attr-defined]
    moved = dev.wanted()
    dev.LOCK.write_text("")
    assert len({before, moved, dev.wanted()}) == 3
