"""Counting round trips where they happen: between the product and its database."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit


class Wire:
    """Passes everything on, and counts how often the database was spoken to after it had answered."""

    def __init__(self, database_url: str) -> None:
        parts = urlsplit(database_url)
        self.target = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        sign_in = parts.netloc.rpartition("@")[0]
        self.database_url = urlunsplit(parts._replace(netloc=f"{sign_in}@127.0.0.1:{port}"))
        self.round_trips = 0

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.pass_on, args=(client,), daemon=True).start()

    def pass_on(self, client: socket.socket) -> None:
        server_spoke_last = True
        with client, socket.create_connection(self.target) as server:
            while True:
                readable, _, _ = select.select([client, server], [], [])
                for source in readable:
                    try:
                        data = source.recv(1 << 16)
                    except OSError:
                        return
                    if not data:
                        return
                    if source is client and server_spoke_last:
                        self.round_trips += 1
                    server_spoke_last = source is server
                    (server if source is client else client).sendall(data)


@contextmanager
def tapped(database_url: str) -> Iterator[Wire]:
    wire = Wire(database_url)
    threading.Thread(target=wire.accept, daemon=True).start()
    try:
        yield wire
    finally:
        wire.listener.close()
