"""A proxy before the ERP that goes wrong on request: loses answers, holds requests back, refuses, cuts."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

import requests

CREATE = "model.account.move.create"
RELEASE = "model.account.move.post"


class Fault(StrEnum):
    """What goes wrong with one request."""

    ANSWER_LOST = "the ERP does it, and the answer is lost"
    HELD_BACK = "the network holds the request back and delivers it on the test's word"
    ANSWER_HELD_BACK = "the ERP does it, and the answer is held back until the test's word"
    UNAVAILABLE = "503 without doing it"
    RESET = "the connection is reset before the ERP hears anything"


@dataclass
class FaultyProxy:
    """`plan` lists per JSON-RPC method what happens to its next requests; None lets one through."""

    target: str
    port: int = 0
    plan: dict[str, list[Fault | None]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    held: Event = field(default_factory=Event)
    let_go: Event = field(default_factory=Event)
    delivered: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def fault_of(self, method: str) -> Fault | None:
        """What happens to this request."""
        with self._lock:
            self.seen.append(method)
            faults = self.plan.get(method, [])
            return faults.pop(0) if faults else None

    @property
    def left(self) -> dict[str, list[Fault | None]]:
        """Faults that never came to pass."""
        return {method: faults for method, faults in self.plan.items() if faults}


@contextmanager
def faulty_proxy(target: str) -> Iterator[FaultyProxy]:
    """A proxy before `target`, on a port of its own."""
    proxy = FaultyProxy(target)

    class Handler(_Handler):
        pass

    Handler.proxy = proxy
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    proxy.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    proxy: FaultyProxy

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = self.proxy.fault_of(json.loads(body)["method"])
        match fault:
            case Fault.RESET:
                self._reset()
                return
            case Fault.UNAVAILABLE:
                self._answer(503, b"the ERP is being restarted")
                return
            case Fault.HELD_BACK:
                self.proxy.held.set()
                self.proxy.let_go.wait()
        answer = self._forward(body)
        if fault is Fault.ANSWER_HELD_BACK:
            self.proxy.held.set()
            self.proxy.let_go.wait()
        if fault is not None:
            if answer.ok:
                self.proxy.delivered.set()
            self._reset()
            return
        self._answer(answer.status_code, answer.content)

    def _forward(self, body: bytes) -> Any:
        names = ("Content-Type", "Authorization")
        headers = {name: self.headers[name] for name in names if self.headers[name]}
        return requests.post(self.proxy.target + self.path, data=body, headers=headers, timeout=60)

    def _answer(self, status: int, content: bytes) -> None:
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def _reset(self) -> None:
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RD)
            self.connection.close()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""
