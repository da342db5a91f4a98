"""The HTTP client knows what may have arrived and what cannot have, repeats only reads, and shows no secret."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

import pytest

from include.adapters import http
from include.adapters.http import HttpClient, TimeLimits, redact
from include.finance.errors import OutcomeUnknownError, SystemUnreachableError

LIMITS = TimeLimits(connect_seconds=1, answer_seconds=1)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
CUT_SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhi"


@contextmanager
def server(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server that gives these answers one after the other, then hangs up at once; and what it has received."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for answer in [*answers, *[b""] * 20]:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    received.append(connection.recv(65536))
                    connection.sendall(answer)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", received
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(2)


def test_a_read_is_repeated_while_the_server_is_busy() -> None:
    with server(BUSY, OK) as (url, received):
        assert HttpClient("The ERP", LIMITS).read(url, b"?", {}).text == "hi"
        assert len(received) == 2


@pytest.mark.parametrize("answer", [b"", CUT_SHORT], ids=["hung up", "cut short"])
def test_a_write_without_a_whole_answer_is_in_doubt_and_never_repeated(answer: bytes) -> None:
    with server(answer, OK) as (url, received):
        with pytest.raises(OutcomeUnknownError, match="may have been carried out"):
            HttpClient("The ERP", LIMITS).write(url, b"!", {})
        assert len(received) == 1


@dataclass
class Turns:
    """A pace whose next turns are so many seconds off."""

    seconds: list[float]
    rests: list[float] = field(default_factory=list)

    def reserve(self) -> float:
        return self.seconds.pop(0)

    def rest(self, seconds: float) -> None:
        self.rests.append(seconds)


def test_requests_leave_no_faster_than_the_server_is_to_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    pace = Turns([0, 0.25, 0.25, 0.25, 0.25])
    monkeypatch.setattr(http, "wait", waited.append)
    with server(OK, BUSY, OK, OK, OK) as (url, received):
        client = HttpClient("The ERP", LIMITS, pace)
        client.read(url, b"?", {})
        client.read(url, b"?", {})  # asked again, which takes a turn too
        client.await_turn()
        client.await_turn()  # it has one already
        waited.append(-1)
        client.write(url, b"!", {})
        client.write(url, b"!", {})
    assert waited == [0.25, 0.25, 0.25, -1, 0.25]
    assert len(received) == 5


def test_what_would_wait_too_long_is_not_sent() -> None:
    pace = Turns([61, 2])
    with server(OK) as (url, received):
        client = HttpClient("The ERP", LIMITS, pace)
        with pytest.raises(SystemUnreachableError, match="the next turn is 61 s off"):
            client.read(url, b"?", {})
        # A write is under a lease: it waits before that, or not at all.
        with pytest.raises(SystemUnreachableError, match="the next turn is 2 s off"):
            client.write(url, b"!", {})
        assert received == []


@pytest.mark.parametrize(("status", "rests"), [("429 Slow", [7.0]), ("503 Busy", [7.0]), ("400 Bad", [])])
def test_a_system_that_asks_for_rest_is_left_alone_by_all(status: str, rests: list[float]) -> None:
    pace = Turns([0, 0])
    with server(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nRetry-After: 7\r\n\r\n".encode()) as (url, _):
        HttpClient("The ERP", LIMITS, pace).write(url, b"!", {})
    assert pace.rests == rests


def test_a_write_is_not_repeated_when_the_server_is_busy() -> None:
    with server(BUSY, OK) as (url, received):
        assert HttpClient("The ERP", LIMITS).write(url, b"!", {}).status == 503
        assert len(received) == 1


def test_a_write_whose_answer_takes_too_long_is_in_doubt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(OutcomeUnknownError, match="timed out"):
            HttpClient("The ERP", LIMITS).write(url, b"!", {})


@pytest.mark.parametrize("send", [HttpClient.read, HttpClient.write])
def test_a_refused_connection_is_no_doubt_for_nothing_left(send: Callable[..., object]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with pytest.raises(SystemUnreachableError, match="The ERP does not answer"):
        send(HttpClient("The ERP", LIMITS), url, b"!", {})


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Basic c2VjcmV0LXdvcmQ=",
        "{'Authorization': 'Session c2VjcmV0LXdvcmQ='}",
        '{"password": "c2VjcmV0LXdvcmQ="}',
        "http://ann:c2VjcmV0LXdvcmQ=@erp.example/db",
        "token=c2VjcmV0LXdvcmQ=",
    ],
)
def test_secrets_are_not_shown(text: str) -> None:
    assert "c2VjcmV0" not in redact(text)


def test_an_address_with_a_port_stays_readable() -> None:
    assert redact("http://127.0.0.1:8000, database erp") == "http://127.0.0.1:8000, database erp"
