"""What the worker that reads QR codes may do: alone of all files it may compile WebAssembly, and nothing else."""

from collections.abc import MutableMapping
from pathlib import PurePath
from typing import Final

WORKER: Final = "decoder"
POLICY: Final = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


def add_policy(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """For Whitenoise; the file's name may carry a hash."""
    file = PurePath(path)
    if file.parent.name == "js" and file.name.partition(".")[0] == WORKER:
        headers["Content-Security-Policy"] = POLICY
