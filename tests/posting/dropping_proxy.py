"""A tiny proxy that lets requests through and drops the answers it is told to drop."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import requests


@dataclass
class DroppingProxy:
    """`drop[method]` answers of a JSON-RPC method are dropped; `seen` are all methods that came through."""

    target: str
    url: str = ""
    drop: dict[str, int] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def is_dropped(self, method: str) -> bool:
        """Whether this answer goes lost; counts it."""
        self.seen.append(method)
        left = self.drop.get(method, 0)
        self.drop[method] = max(left - 1, 0)
        return left > 0


@contextmanager
def dropping_proxy(target: str) -> Iterator[DroppingProxy]:
    """A proxy before `target`, on a port of its own."""
    proxy = DroppingProxy(target)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            names = ("Content-Type", "Authorization")
            headers = {name: self.headers[name] for name in names if self.headers[name]}
            answer = requests.post(proxy.target + self.path, data=body, headers=headers, timeout=30)
            if proxy.is_dropped(json.loads(body)["method"]):
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield proxy
    server.shutdown()
    server.server_close()
    thread.join()
