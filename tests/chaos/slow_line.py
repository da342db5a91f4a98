"""Two proxies: one hands every answer on late, a system that is there and slow; one cuts the line after so many bytes of answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock, Thread
from urllib.parse import urlsplit


@dataclass
class Cut:
    """A line that is cut once, for good, when so many bytes have come down it."""

    left: int
    port: int = 0

    def __post_init__(self) -> None:
        """Make the lock under which the bytes of all its connections are counted."""
        self._lock = Lock()

    @property
    def is_done(self) -> bool:
        """Whether it has been cut."""
        return self.left <= 0

    def take(self, count: int) -> bool:
        """Count bytes; say whether they may pass."""
        with self._lock:
            self.left -= count
            return self.left > 0


@contextmanager
def slow_line(url: str, delay_seconds: float) -> Iterator[int]:
    """The port of a proxy before the server at `url`; it passes on what comes back after a delay."""

    def late(_: int) -> bool:
        time.sleep(delay_seconds)
        return True

    target = urlsplit(url)
    with _proxy(str(target.hostname), int(target.port or 80), late) as port:
        yield port


@contextmanager
def cut_line(port: int, after_bytes: int) -> Iterator[Cut]:
    """A proxy before the server on `port` that cuts the line after so many bytes of its answers."""
    cut = Cut(after_bytes)
    with _proxy("127.0.0.1", port, cut.take) as cut.port:
        yield cut


@contextmanager
def _proxy(host: str, port: int, may_pass: Callable[[int], bool]) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                try:
                    server = socket.create_connection((host, port))
                except OSError:
                    client.close()
                    continue
                Thread(target=_pass_on, args=(client, server, lambda _: True), daemon=True).start()
                Thread(target=_pass_on, args=(server, client, may_pass), daemon=True).start()

    thread = Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _pass_on(source: socket.socket, target: socket.socket, may_pass: Callable[[int], bool]) -> None:
    with suppress(OSError):
        while (data := source.recv(1 << 16)) and may_pass(len(data)):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
