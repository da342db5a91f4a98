"""A proxy before PostgreSQL that cuts the line at a commit: before the server hears of it, or after it has committed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock, Thread

_COMMIT = b"COMMIT\x00"


@dataclass
class WireCutter:
    """Cuts at commit number `number` among those of connections that have sent `marker`."""

    target: tuple[str, int]
    marker: bytes
    number: int
    is_heard: bool
    port: int = 0
    cuts: int = 0
    _commits: int = 0
    _lock: Lock = field(default_factory=Lock)

    def is_cut(self) -> bool:
        """Count a commit; say whether it is the one."""
        with self._lock:
            self._commits += 1
            return self._commits == self.number + 1


@contextmanager
def wire_cutter(port: int, marker: bytes, number: int = 0, *, is_heard: bool) -> Iterator[WireCutter]:
    """A proxy before the PostgreSQL on `port`."""
    cutter = WireCutter(("127.0.0.1", port), marker, number, is_heard)
    listener = socket.create_server(("127.0.0.1", 0))
    cutter.port = listener.getsockname()[1]

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(cutter.target)
                Thread(target=_upwards, args=(cutter, client, server), daemon=True).start()
                Thread(target=_downwards, args=(client, server), daemon=True).start()

    thread = Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield cutter
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _upwards(cutter: WireCutter, client: socket.socket, server: socket.socket) -> None:
    is_marked, tail = False, b""
    with suppress(OSError):
        while data := client.recv(1 << 16):
            window = tail + data
            is_marked = is_marked or cutter.marker in window
            if is_marked and _COMMIT in window and _COMMIT not in tail and cutter.is_cut():
                # The client hears nothing more. What it sent is passed on whole, or not at all.
                cutter.cuts += 1
                client.shutdown(socket.SHUT_WR)
                if cutter.is_heard:
                    server.sendall(data)
                    server.shutdown(socket.SHUT_WR)
                break
            tail = window[-64:]
            server.sendall(data)
    _end(client)
    if not (cutter.is_heard and cutter.cuts):
        _end(server)


def _downwards(client: socket.socket, server: socket.socket) -> None:
    with suppress(OSError):
        while data := server.recv(1 << 16):
            with suppress(OSError):
                client.sendall(data)
    _end(client)
    _end(server)


def _end(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
