"""Where a night can be stopped: every commit and every send, by name, without a word of it in the pipelines.

`install` wraps the pipelines' own functions in this process. A stop is taken before or after the n-th call of a site, or
`open`: everything of a transaction is written and its commit has not been sent.
"""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import include.pipelines.account
import include.pipelines.validate
from include.adapters.erp.tryton import TrytonErp
from include.adapters.http import HttpClient
from include.evidence.store import EvidenceStore
from include.ports.postings import Change
from include.store import streams
from include.store.database import FinanceDatabase
from include.store.entity_lock import LockedConnection
from include.store.postings import EntityPostings


@dataclass(frozen=True)
class Stop:
    """One stop: dying by SIGKILL there, or waiting until `folder` has a file `go`, or `then` something else befalls the process."""

    site: str
    moment: str = "before"
    number: int = 0
    folder: str | None = None
    then: str | None = None

    def settings(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


class Stops:
    """The stops of this process, and how often each place was passed."""

    def __init__(self, stops: list[Stop]) -> None:
        self._stops = stops
        self._passed: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def pass_by(self, site: str, moment: str) -> None:
        """Be at a place: go on, wait, or die."""
        with self._lock:
            number = self._passed[site, moment]
            self._passed[site, moment] += 1
        for stop in self._stops:
            if (stop.site, stop.moment, stop.number) == (site, moment, number):
                _take(stop)

    def watch(self, function: Callable[..., Any], site_of: Callable[..., str]) -> Callable[..., Any]:
        """The function with a stop before and after it."""

        def watched(*arguments: Any, **named: Any) -> Any:
            site = site_of(*arguments, **named)
            self.pass_by(site, "before")
            done = function(*arguments, **named)
            self.pass_by(site, "after")
            return done

        return watched


def install(stops: Stops) -> None:
    """Put the stops at every commit and send of this process."""
    for name in ("open_attempt", "land_attempt"):
        setattr(streams, name, stops.watch(getattr(streams, name), lambda *_, site=name, **__: site))
    validate: Any = include.pipelines.validate
    validate.record_validation = stops.watch(validate.record_validation, lambda *_: "record_validation")
    account: Any = include.pipelines.account
    account.open_commit = stops.watch(account.open_commit, lambda *_: "open_commit")
    account.commit_batch = stops.watch(account.commit_batch, lambda *_: "commit_batch")
    EvidenceStore.put = stops.watch(EvidenceStore.put, _evidence_site)  # type: ignore[method-assign]
    EntityPostings.change = stops.watch(EntityPostings.change, _change_site)  # type: ignore[method-assign]
    for name in ("create", "release", "find", "references", "delete_draft", "read_back_many"):
        setattr(TrytonErp, name, stops.watch(getattr(TrytonErp, name), lambda *_, site=name: f"erp.{site}"))
    # The last line before a byte of a write leaves.
    HttpClient.write = stops.watch(HttpClient.write, lambda *_: "http.write")  # type: ignore[method-assign]
    _watch_open_transactions(stops)


def _evidence_site(_store: EvidenceStore, _file: Path, path: str, *_: object) -> str:
    for stage in ("account", "validate"):
        if f"/{stage}-" in path:
            return f"evidence.{stage}"
    return "evidence.extract"


def _change_site(_postings: EntityPostings, _due: object, change: Change, _actor: str) -> str:
    return f"change.{change.to_state.value}"


def _watch_open_transactions(stops: Stops) -> None:
    columns, commit = FinanceDatabase.columns, LockedConnection.commit

    @contextmanager
    def columns_with_stop(database: FinanceDatabase) -> Iterator[Any]:
        with columns(database) as connection:
            yield _Connection(connection, stops)

    def commit_with_stop(locked: LockedConnection, proof: Any, work: Callable[[Any], None]) -> None:
        def stopped(connection: Any) -> None:
            work(connection)
            stops.pass_by("change", "open")

        commit(locked, proof, stopped)

    FinanceDatabase.columns = columns_with_stop  # type: ignore[method-assign, assignment]
    LockedConnection.commit = commit_with_stop  # type: ignore[method-assign]


class _Connection:
    """A columnar connection with a stop before its commit is sent."""

    def __init__(self, connection: Any, stops: Stops) -> None:
        self._connection, self._stops = connection, stops

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        self._stops.pass_by("commit_batch", "open")
        self._connection.commit()
        self._stops.pass_by("commit_batch", "committed")


def _fill_disk() -> None:
    """From now on no file of this process grows: every write to disk fails, whoever does it (Python, Arrow, DuckDB)."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _set_clock(seconds: float) -> None:
    """From now on this process believes that it is earlier or later than it is."""
    right = time.time
    time.time = lambda: right() + seconds


_DAY = 86_400
_BEFALLS: dict[str, Callable[[], None]] = {
    "disk full": _fill_disk,
    "clock goes back": lambda: _set_clock(-_DAY),
    "clock goes on": lambda: _set_clock(_DAY),
}


def _take(stop: Stop) -> None:
    if stop.then is not None:
        _BEFALLS[stop.then]()
        return
    if stop.folder is None:
        os.kill(os.getpid(), signal.SIGKILL)
        return
    folder = Path(stop.folder)
    (folder / f"reached-{os.getpid()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.02)
