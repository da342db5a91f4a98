"""What fails says why, and never by which password: not in its message, not in its traceback, not in a line of any log."""

from __future__ import annotations

import base64
import json
import logging
import secrets
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from include.app import App, EnvironmentConnections
from include.config.load import load_configuration
from include.finance.errors import TieoutError
from include.finance.notice import Channel, ChannelKind, Message
from include.ports.connections import ConnectionSettings
from include.sample.postgres import EmbeddedPostgres
from include.sample.tryton import TrytonServer

_NOBODY_LISTENS = 9  # discard


@dataclass(frozen=True)
class Secret:
    """A random password with all that a URI has to escape in it, and how it may be written down."""

    text: str

    @classmethod
    def new(cls) -> Secret:
        """Another one each time."""
        return cls(f"s3:{secrets.token_urlsafe(9)}/{secrets.token_urlsafe(9)}#%{secrets.token_urlsafe(9)}")

    def is_in(self, text: str) -> bool:
        """Whether any part that could be guessed from is there, as it is, escaped for a URI, or in base 64."""
        parts = [part for part in self.text.replace("#%", "/").removeprefix("s3:").split("/") if part]
        written = [self.text, quote(self.text, safe=""), base64.b64encode(self.text.encode()).decode(), *parts]
        return any(each in text for each in written)


def told(caplog: pytest.LogCaptureFixture, act: Callable[[], object]) -> str:
    """Everything that a failure says: its message, its traceback with all causes, and every line of any log."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(TieoutError) as failed:
        act()
    lines = traceback.format_exception(failed.value)
    return "\n".join(
        [
            *lines,
            str(failed.value),
            repr(failed.value),
            *(record.getMessage() for record in caplog.records),
            caplog.text,
        ]
    )


def app(folder: Path, evidence: str = "", **connections: str) -> App:
    """The application with these connections."""
    environment = {f"AIRFLOW_CONN_{name.upper()}": text for name, text in connections.items()}
    return App(
        load_configuration(),
        EnvironmentConnections(environment),
        evidence or str(folder / "evidence"),
        folder / "scratch",
    )


def as_json(
    scheme: str, host: str, port: int | None, login: str, secret: Secret, database: str = "x", **extra: str
) -> str:
    """A connection as Airflow takes it."""
    fields = {
        "conn_type": scheme,
        "host": host,
        "port": port,
        "login": login,
        "password": secret.text,
        "schema": database,
    }
    return json.dumps(fields | ({"extra": extra} if extra else {}))


@pytest.mark.parametrize("is_there", [True, False], ids=["a wrong password", "a host that does not answer"])
@pytest.mark.parametrize("name", ["billing_db", "finance_db"])
def test_a_database(
    postgres: EmbeddedPostgres, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, *, is_there: bool
) -> None:
    secret = Secret.new()
    role, database = ("billing_reader", "billing") if name == "billing_db" else ("finance_writer", "finance")
    port = postgres.port if is_there else _NOBODY_LISTENS
    made = app(tmp_path, **{name: as_json("postgres", "127.0.0.1", port, role, secret, database)})

    def act() -> None:
        if name == "billing_db":
            made.billing("billing").position()
            return
        with made.finance().transaction():
            pass

    said = told(caplog, act)
    assert not secret.is_in(said)
    assert f"Connection {name}" in said


def test_columns_of_the_finance_database(
    postgres: EmbeddedPostgres, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = Secret.new()
    given = as_json("postgres", "127.0.0.1", postgres.port, "finance_writer", secret, "finance")

    def act() -> None:
        with app(tmp_path, finance_db=given).finance().columns():
            pass

    assert not secret.is_in(told(caplog, act))


@pytest.mark.parametrize("host", ["[::1", "a b", "x@y", "h/../z", "h?sslmode=1", "::1]", "h#", "h%zz"])
@pytest.mark.parametrize("name", ["billing_db", "finance_db"])
def test_a_host_that_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, host: str) -> None:
    secret = Secret.new()
    made = app(tmp_path, **{name: as_json("postgres", host, 5432, "someone", secret)})

    def act() -> None:
        if name == "billing_db":
            made.billing("billing").position()
            return
        with made.finance().transaction():
            pass

    said = told(caplog, act)
    assert not secret.is_in(said)
    assert f"Connection {name}" in said


@pytest.mark.parametrize(
    "uri",
    [
        "postgres://someone:{secret}@host:5432/x",  # not escaped
        "postgres://someone:{secret}",
        "postgres://[someone:{secret}@host/x",
        "postgres://someone@{secret}:{secret}/x",
        "{secret}",
        "{{{secret}",
        '{{"conn_type": "postgres", "password": "{secret}"',
        '{{"conn_type": "postgres", "password": "{secret}", "host": "h", "port": "{secret}"}}',
        '{{"conn_type": "postgres", "password": "{secret}", "host": "h", "extra": "{secret}"}}',
    ],
)
def test_a_connection_that_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture, uri: str) -> None:
    secret = Secret.new()

    def act() -> None:
        with app(tmp_path, finance_db=uri.format(secret=secret.text)).finance().transaction():
            pass

    assert not secret.is_in(told(caplog, act))


def test_a_connection_shown_by_a_debugger() -> None:
    secret = Secret.new()
    settings = ConnectionSettings("x", "http", "h", 1, "d", "l", secret.text, {"token": secret.text})
    assert not secret.is_in(repr(settings) + repr(settings.s3_access) + str(settings))


@pytest.mark.parametrize("is_there", [True, False], ids=["a refused login", "a host that does not answer"])
def test_the_erp(
    tryton: TrytonServer, erp_database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, *, is_there: bool
) -> None:
    secret = Secret.new()
    port = urlsplit(tryton.url).port if is_there else _NOBODY_LISTENS
    made = app(tmp_path, erp_tryton=as_json("http", "127.0.0.1", port, "tieout", secret, erp_database))
    entity = made.configuration.legal_entities["US"]
    said = told(caplog, lambda: made.erp("tryton").periods(entity))
    assert not secret.is_in(said)
    assert "Tryton" in said


@pytest.mark.parametrize("status", [404, 500, 503, None], ids=["404", "500", "503", "a host that does not answer"])
def test_a_webhook_whose_address_is_the_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, status: int | None
) -> None:
    secret = Secret(f"services/{secrets.token_hex(6)}/{secrets.token_hex(12)}")
    with _answering(status) as port:
        made = app(tmp_path, hook=as_json("http", "127.0.0.1", port, "", secret))
        channel = Channel("finance", ChannelKind.WEBHOOK, "hook")
        said = told(caplog, lambda: made.send(channel, Message("Subject", ())))
    assert not any(part in said for part in secret.text.split("/")[1:])
    assert "Channel finance" in said


@pytest.mark.parametrize("host", ["[::1", "a b", "h/x y", "", "\u202e"])
def test_a_webhook_at_a_host_that_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture, host: str) -> None:
    secret = Secret(f"services/{secrets.token_hex(6)}/{secrets.token_hex(12)}")
    made = app(tmp_path, hook=as_json("https", host, None, "", secret))
    channel = Channel("finance", ChannelKind.WEBHOOK, "hook")
    said = told(caplog, lambda: made.send(channel, Message("Subject", ())))
    assert not any(part in said for part in secret.text.split("/")[1:])


@pytest.mark.parametrize("kind", ["webhook", "mail"])
def test_a_mail_server_that_does_not_answer(tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    secret = Secret.new()
    made = app(tmp_path, hook=as_json("smtp", "127.0.0.1", _NOBODY_LISTENS, "someone", secret))
    channel = Channel("finance", ChannelKind(kind), "hook", "a@example.com", ("b@example.com",))
    assert not secret.is_in(told(caplog, lambda: made.send(channel, Message("Subject", ()))))


def test_the_object_store(tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.evidence.bucket._ATTEMPTS", 2)  # twice, and without the half minute of all attempts
    secret = Secret.new()
    endpoint = f"http://127.0.0.1:{_NOBODY_LISTENS}"
    given = as_json("aws", "", None, "accesskey", secret, endpoint_url=endpoint, region_name="eu-central-1")
    made = app(tmp_path, "s3://nobody/evidence", evidence_s3=given)
    assert not secret.is_in(told(caplog, lambda: made.evidence().put_bytes(b"x", "a/b")))


@contextmanager
def _answering(status: int | None) -> Iterator[int]:
    """A server on this machine that answers with a status; a port where nobody listens for None."""
    if status is None:
        yield _NOBODY_LISTENS
        return

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
