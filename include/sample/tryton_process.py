"""Running Tryton's two programs, the server and the admin command, in the ERP's own environment."""

from __future__ import annotations

import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from secrets import token_hex

import requests

from include.sample.folders import ERP_VENV, write_private
from include.sample.ports import Ports
from include.sample.postgres import EmbeddedPostgres
from include.sample.supervisor import Supervisor

_START_SECONDS = 60
_START_ATTEMPTS = 3


class TrytonError(RuntimeError):
    """The demo ERP could not be made or started; the message has its words or names its log."""


def program(name: str) -> list[str]:
    """Return the command of one of Tryton's programs. Raises TrytonError when the environment is not there."""
    python = ERP_VENV / "bin" / "python"
    if not python.exists():
        raise TrytonError(f"The demo ERP is not installed in {ERP_VENV}: run `make .tieout/erp-venv`.")
    return [str(python), str(ERP_VENV / "bin" / name)]


def environment() -> dict[str, str]:
    """Return the process environment of Tryton's programs: ours, without what belongs to our own Python."""
    ours = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "TRYTOND_CONFIG", "TRYTOND_DATABASE_URI")
    return {name: value for name, value in os.environ.items() if name not in ours}


def write_settings(file: Path, postgres: EmbeddedPostgres, port: int) -> Path:
    """Write Tryton's configuration: one server for all databases of the role `tryton`. Return `file`."""
    address = postgres.dsn("tryton", "").rstrip("/")
    # No second try inside a request: what could not be done once is answered with 503, and the caller may come again.
    settings: Mapping[str, Mapping[str, object]] = {
        "database": {"uri": f"{address}/", "retry": 0, "minconn": 0, "maxconn": 16},
        "web": {"listen": f"127.0.0.1:{port}"},
        "session": {"max_age": 2592000, "timeout": 86400, "max_attempt": 100},
    }
    lines = []
    for section, values in settings.items():
        lines += [f"[{section}]", *(f"{name} = {value}" for name, value in values.items())]
    write_private(file, "\n".join(lines) + "\n")
    return file


def launch_server(
    name: str,
    state: Path,
    folder: Path,
    postgres: EmbeddedPostgres,
    databases: Sequence[str],
    transaction_seconds: int | None,
) -> None:
    """Start a Tryton server called `name` on a free port (also in `ports.json`) and wait until it answers.

    `databases` exist already: Tryton has to load them before anyone logs in, because a login to one that it does not
    know leaves it half loaded for good (8.0.12; `announce` does the same for later ones). PostgreSQL ends its transactions after `transaction_seconds`. Raises TrytonError.
    """
    supervisor, ports = Supervisor(state), Ports(state)
    limits = {}
    if transaction_seconds is not None:
        bound = f"-c transaction_timeout={transaction_seconds}s -c statement_timeout={transaction_seconds}s"
        limits["PGOPTIONS"] = bound
    for _ in range(_START_ATTEMPTS):
        port = ports.allocate(name)
        settings = write_settings(folder / f"{name}.conf", postgres, port)
        command = [*program("trytond"), "-c", str(settings)]
        command += ["-d", *databases] if databases else []
        supervisor.start(name, command, environment() | limits, folder)
        if _comes_up(supervisor, name, port):
            return
    raise TrytonError(f"Tryton did not start; what it said is in {supervisor.log(name)}.")


def announce(port: int | None, database: str) -> None:
    """Make a running server load a database that was made after its start."""
    # It looks for new databases once per session timeout and host name: a host name of its own makes it look now.
    # The address is the one of a picture that is not there, because that needs no login.
    picture = f"http://127.0.0.1:{port}/avatar/{urlsafe_b64encode(database.encode()).decode()}/none"
    answer = requests.get(picture, headers={"Host": f"{token_hex(8)}.localhost"}, timeout=60)
    if answer.status_code != requests.codes.not_found:
        raise TrytonError(f"Tryton could not load database {database}: {answer.status_code} {answer.text[:200]}")


def answers(port: int | None) -> bool:
    """Say whether a Tryton server answers on `port`."""
    question = {"id": 0, "method": "common.server.version", "params": []}
    try:
        return requests.post(f"http://127.0.0.1:{port}/rpc/", json=question, timeout=10).ok
    except requests.RequestException:
        return False


def _comes_up(supervisor: Supervisor, name: str, port: int) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while supervisor.is_running(name) and time.monotonic() < deadline:
        if supervisor.listens(name, port) and answers(port):
            return True
        time.sleep(0.1)
    return False
