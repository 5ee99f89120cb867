"""Files of others are exactly what the manifest says."""

import json
from hashlib import sha256
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "static" / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())


def test_every_vendored_file_has_the_sum_that_the_manifest_states() -> None:
    stated = {file["path"]: file["sha256"] for package in MANIFEST["packages"] for file in package["files"]}
    found = {
        str(path.relative_to(VENDOR)): sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == stated


def test_every_package_brings_its_licence() -> None:
    for package in MANIFEST["packages"]:
        assert any(file["npm_path"] == "LICENSE" for file in package["files"]), package["name"]
