"""A proxy before the ERP that goes wrong on request: loses answers, holds requests back, refuses, cuts."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator, Mapping
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
    # It does nothing, and says so in one of these ways.
    TOO_MANY = "429"
    TOO_MANY_FOR_NOW = "429 with Retry-After"
    BROKEN = "500"
    BAD_GATEWAY = "502 with a page"
    GATEWAY_TIMEOUT = "504"
    STALE = "401, as of a session that has aged"
    CONFLICT = "200 with the error of two changes at once"
    # It does it, and the answer is not what it should be.
    CUT_SHORT = "an answer that is cut short"
    EMPTY = "an empty answer"
    A_PAGE = "a page instead of an answer"
    BROKEN_AFTERWARDS = "500 although it was done"
    TIMEOUT_AFTERWARDS = "504 although it was done"
    ANOTHERS = "the answer to an earlier request"
    SLOW = "the right answer, late"


_PAGE = b"<html><body>Please log in</body></html>"
# What is said instead of doing it: status, body, headers.
_INSTEAD: dict[Fault, tuple[int, bytes, dict[str, str]]] = {
    Fault.UNAVAILABLE: (503, b"the ERP is being restarted", {}),
    Fault.TOO_MANY: (429, b"slow down", {}),
    Fault.TOO_MANY_FOR_NOW: (429, b"slow down", {"Retry-After": "1"}),
    Fault.BROKEN: (500, b"Internal Server Error", {}),
    Fault.BAD_GATEWAY: (502, _PAGE, {}),
    Fault.GATEWAY_TIMEOUT: (504, _PAGE, {}),
    Fault.STALE: (401, b"Unauthorized", {}),
    Fault.CONFLICT: (200, b'{"id": 1, "error": ["ConcurrencyException", "Record changed"]}', {}),
}
# What is said after it was done.
_AFTERWARDS: dict[Fault, tuple[int, bytes]] = {
    Fault.EMPTY: (200, b""),
    Fault.A_PAGE: (200, _PAGE),
    Fault.BROKEN_AFTERWARDS: (500, b"Internal Server Error"),
    Fault.TIMEOUT_AFTERWARDS: (504, _PAGE),
}
_WRITES = ("model.account.move.create", "model.account.move.post", "model.account.move.delete")
READS = "reads"  # in a plan: whatever is asked that changes nothing
_SLOW_SECONDS = 2


@dataclass
class FaultyProxy:
    """`plan` lists per JSON-RPC method what happens to its next requests; None lets one through."""

    target: str
    port: int = 0
    plan: dict[str, list[Fault | None]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    earlier: dict[str, bytes] = field(default_factory=dict)  # the last whole answer to each method
    held: Event = field(default_factory=Event)
    let_go: Event = field(default_factory=Event)
    delivered: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def fault_of(self, method: str) -> Fault | None:
        """What happens to this request."""
        is_read = method.startswith("model.") and method not in _WRITES
        with self._lock:
            self.seen.append(method)
            faults = self.plan.get(READS if is_read and method not in self.plan else method, [])
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
        method = json.loads(body)["method"]
        fault = self.proxy.fault_of(method)
        if fault is Fault.RESET:
            self._reset()
        elif fault in _INSTEAD:
            self._answer(*_INSTEAD[fault])
        else:
            if fault is Fault.HELD_BACK:
                self._wait_for_word()
            answer = self._forward(body)
            earlier = self.proxy.earlier.get(method, answer.content)
            self.proxy.earlier[method] = answer.content
            self._after(fault, answer, earlier)

    def _after(self, fault: Fault | None, answer: Any, earlier: bytes) -> None:
        """The ERP has done it; what is heard of that."""
        match fault:
            case None:
                self._answer(answer.status_code, answer.content)
            case Fault.SLOW:
                time.sleep(_SLOW_SECONDS)
                self._answer(answer.status_code, answer.content)
            case Fault.ANOTHERS:
                self._answer(200, earlier)
            case Fault.CUT_SHORT:
                self._answer(200, answer.content[: len(answer.content) // 2])
            case _ if fault in _AFTERWARDS:
                self._answer(*_AFTERWARDS[fault])
            case _:
                if fault is Fault.ANSWER_HELD_BACK:
                    self._wait_for_word()
                if answer.ok:
                    self.proxy.delivered.set()
                self._reset()

    def _wait_for_word(self) -> None:
        self.proxy.held.set()
        self.proxy.let_go.wait()

    def _forward(self, body: bytes) -> Any:
        names = ("Content-Type", "Authorization")
        headers = {name: self.headers[name] for name in names if self.headers[name]}
        return requests.post(self.proxy.target + self.path, data=body, headers=headers, timeout=60)

    def _answer(self, status: int, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        with suppress(OSError):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
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
