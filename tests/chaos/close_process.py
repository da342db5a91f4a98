"""Tasks of one close in a process of their own, told on stdin as JSON which, and at which commit or call to the ERP to die.

Each task does what the DAG's task does. Exit status 0 only when all of them are done; what went wrong is on stdout as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from include.adapters.erp.tryton_periods import TrytonPeriods
from include.app import App, EnvironmentConnections
from include.config.load import load_configuration
from include.evidence.store import EvidenceStore
from include.finance.errors import TieoutError
from include.pipelines import night as nights
from include.pipelines import period_close
from include.pipelines.plan import Night
from include.store.database import FinanceDatabase
from tests.chaos.processes import Errors
from tests.chaos.stops import Stop, Stops

_TRANSACTION = FinanceDatabase.transaction
TASKS = ("soft_lock", "tie_out", "package", "approval", "lock", "publish", "outcome")
RUN_ID = "manual__chaos"
REASON = "January is over"


def main(settings: dict[str, Any]) -> Errors:
    """Run the tasks that the settings name (`Books.start_close`)."""
    app = App(
        load_configuration(),
        EnvironmentConnections(settings["connections"]),
        settings["evidence"],
        Path(settings["scratch"]),
    )
    tasks = Tasks(app, settings["entity"], settings["period"], Stops([Stop(**stop) for stop in settings["stops"]]))
    tasks.install()
    try:
        for name in settings["tasks"]:
            tasks.begin(name)
            getattr(tasks, name)()
    except TieoutError as error:
        return [[type(error).__name__, str(error)]]
    return []


@dataclass
class Tasks:
    """The tasks of a close of one legal entity, with their stops: `lock.commit`, `soft_lock.erp`, `publish.evidence` and so on."""

    app: App
    entity: str
    period: str
    stops: Stops
    now: str = field(default="")

    def begin(self, task: str) -> None:
        self.now = task

    def soft_lock(self) -> None:
        close = period_close.begin(self.app, self.entity, self.period, run_id=RUN_ID, by="preparer", reason=REASON)
        period_close.soft_lock(self.app, close.close_no)

    def tie_out(self) -> None:
        instant = datetime.fromisoformat("2026-02-03T12:00:00+00:00")
        night = Night(instant, is_dry_run=False, is_full=False, sources=(), legal_entities=(self.entity,))
        nights.tie_out(self.app, self.entity, night, "period_close")

    def package(self) -> None:
        period_close.propose(self.app, self._number())

    def approval(self) -> None:
        offered, _, _ = period_close.ask(self.app, self._number())
        waivers = "\n".join(f"{item.code}: seen" for item in offered.blockers)
        # Airflow keeps who answered, and when: a task that died after it was told is told the same again.
        period_close.answer_close(
            self.app,
            self._number(),
            decision="approved",
            by="controller",
            at=datetime.fromisoformat("2026-02-03T13:00:00+00:00"),
            waivers=waivers,
        )

    def lock(self) -> None:
        period_close.lock(self.app, self._number())

    def publish(self) -> None:
        period_close.publish(self.app, self._number())

    def outcome(self) -> None:
        period_close.release(self.app, self.entity, self.period, RUN_ID, "it did not come to the lock")

    def install(self) -> None:
        """Put the stops at every commit, evidence file and change of a period in the ERP."""
        tasks = self

        @contextmanager
        def transaction_with_stops(database: FinanceDatabase, *arguments: Any, **named: Any) -> Iterator[Any]:
            site = f"{tasks.now}.commit"
            with _TRANSACTION(database, *arguments, **named) as connection:
                yield connection
                tasks.stops.pass_by(site, "before")
            tasks.stops.pass_by(site, "after")

        FinanceDatabase.transaction = transaction_with_stops  # type: ignore[method-assign, assignment]
        for kind, of, names in (
            ("erp", TrytonPeriods, ("close_period", "reopen_period", "lock_period")),
            ("evidence", EvidenceStore, ("put", "put_bytes", "put_file")),
        ):
            for name in names:
                watched = self.stops.watch(getattr(of, name), lambda *_, kind=kind, **__: f"{tasks.now}.{kind}")
                setattr(of, name, watched)

    def _number(self) -> int:
        with _TRANSACTION(self.app.finance()) as connection:
            row = connection.execute("select max(close_no) as close_no from period_close").fetchone()
        assert row is not None
        return int(row["close_no"])
