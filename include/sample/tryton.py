"""The demo ERP: Tryton 8.0, a separate program in an environment of its own, reached over HTTP only (it is GPL-3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from include.sample.folders import locked
from include.sample.ports import Ports
from include.sample.postgres import EmbeddedPostgres
from include.sample.supervisor import Supervisor
from include.sample.tryton_process import announce, answers, launch_server
from include.sample.tryton_rpc import TrytonSession
from include.sample.tryton_setup import read_chart
from include.sample.tryton_template import TrytonTemplate

# PostgreSQL ends a transaction of the ERP after this time, and the ERP does not try a second time. So a request that
# nobody heard the end of has committed by then, or never will: the time before and after the transaction
# is in the margin.
TRANSACTION_SECONDS = 15
MAX_REQUEST_SECONDS = 20

POSTER = "tieout_poster"
PERIOD_ADMIN = "tieout_period_admin"


class TrytonServer:
    """One Tryton server on the loopback address; its databases live in `postgres`, everything else below `state`."""

    def __init__(
        self, state: Path, postgres: EmbeddedPostgres, say: Callable[[str], None] = lambda _text: None
    ) -> None:
        self._state = state
        self._postgres = postgres
        self._ports = Ports(state)
        self._supervisor = Supervisor(state)
        self._template = TrytonTemplate(state, postgres, say)
        self._lock = state / "tryton.lock"

    # Life

    def start(self) -> None:
        """Bring the server up; PostgreSQL must run. Already running: nothing happens. Raises TrytonError."""
        with locked(self._lock):
            if self.is_running():
                return
            folder, databases = self._state / "tryton", self._postgres.databases_of("tryton")
            launch_server("tryton", self._state, folder, self._postgres, databases, TRANSACTION_SECONDS)

    def stop(self) -> None:
        """End the server of this state folder. Requests in progress are lost, as when an ERP crashes."""
        with locked(self._lock):
            self._supervisor.stop("tryton", patience_seconds=3)

    def is_running(self) -> bool:
        """Say whether the server runs and answers."""
        return self._supervisor.is_running("tryton") and answers(self._ports.get("tryton"))

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`, without a slash at the end."""
        return f"http://127.0.0.1:{self._ports.get('tryton')}"

    # Databases

    def ensure_template(self) -> None:
        """Have the sample company's ERP ready for copying: about a minute the first time, then nothing."""
        self._template.ensure()

    def create_database(self, name: str) -> None:
        """Make an ERP database of the sample company, with no entry in it; it may exist already."""
        self.ensure_template()
        self._postgres.create_database(name, "tryton", self._template.name)
        if self._supervisor.is_running("tryton"):
            announce(self._ports.get("tryton"), name)

    def drop_database(self, name: str) -> None:
        """Remove an ERP database if it exists. Its name is used up for as long as this server runs: Tryton remembers."""
        self._postgres.drop_database(name)

    # Ways in

    def password(self, login: str) -> str:
        """Return the password of `admin`, `tieout_poster` or `tieout_period_admin`: the same in every database."""
        return self._template.password(login)

    def session(self, database: str, login: str = "admin") -> TrytonSession:
        """Log in over JSON-RPC."""
        return TrytonSession(self.url, database, login, self.password(login))

    def airflow_connection(self, database: str, login: str = POSTER) -> str:
        """Return an Airflow connection as JSON, fit for a variable `AIRFLOW_CONN_...`."""
        content = {
            "conn_type": "http",
            "host": "127.0.0.1",
            "port": self._ports.get("tryton"),
            "login": login,
            "password": self.password(login),
            "schema": database,
        }
        return json.dumps(content)

    # Periods

    def close_period(self, database: str, entity: str, period: str) -> None:
        """Close a standard period such as `2026-01`; it may be closed. Raises TrytonCallError when drafts are in it."""
        session, found = self._period(database, entity, period)
        # Tryton refuses to close what is closed.
        if session.search("account.period", [["id", "in", found], ["state", "=", "open"]]):
            session.call("account.period.close", found)

    def reopen_period(self, database: str, entity: str, period: str) -> None:
        """Open a closed period again, and its journals, without which Tryton refuses entries all the same."""
        session, found = self._period(database, entity, period)
        session.call("account.period.reopen", found)
        journals = session.search("account.journal.period", [["period", "in", found], ["state", "=", "closed"]])
        session.call("account.journal.period.reopen", [journal["id"] for journal in journals])

    def _period(self, database: str, entity: str, period: str) -> tuple[TrytonSession, list[int]]:
        company = next(item["name"] for item in read_chart()["entities"] if item["code"] == entity)
        session = self.session(database, PERIOD_ADMIN)
        domain = [["company.party.name", "=", company], ["name", "=", period], ["type", "=", "standard"]]
        found = [record["id"] for record in session.search("account.period", domain)]
        if not found:
            raise LookupError(f"The ERP has no period {period} for {entity}; fiscal years are in erp_chart.yaml.")
        return session, found
