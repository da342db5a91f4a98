"""Moving what was recognised to the accounts that the rules of today choose: undone as it was booked, and booked again.

No amount of a line changes by it, so that the runs of recognition need not know of it. Like the engines it asks the outside
world nothing: files and settings are handed in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from include.finance.errors import ConfigurationError
from include.ports.canonical import BUCKETS
from include.subledger.engine import EngineSettings
from include.subledger.entry_ids import identify
from include.subledger.recognition import GROUPS, LEGS, RECOGNISED, told_unruled
from include.subledger.workspace import Workspace

_GIVEN_UP = pa.schema([("journal_entry_id", pa.string())])


@dataclass(frozen=True, slots=True)
class RecordedRuns:
    """Local evidence files of everything that was recognised or moved so far. `amounts` answers a bucket with its files.

    `groups` are those of the newest run, `given_up` the ids of all journal entries that do not count any more.
    """

    groups: list[str]
    legs: list[str]
    amounts: Callable[[int], list[str]]
    given_up: Sequence[str]


@dataclass(slots=True)
class RecognitionMoves:
    """What was recognised of some documents in a span of days, and where the rules of today would have it."""

    workspace: Workspace
    settings: EngineSettings

    def read(self, recorded: RecordedRuns, uids: pa.Table, days: tuple[date, date]) -> None:
        """Take what was recognised of documents, and ask the rules.

        Raises ConfigurationError naming the kind of line that no posting rule recognises, or several.
        """
        work = self.workspace
        take_recorded(work, self.settings, recorded, uids, days)
        work.run("reclassify/told_groups")
        ask_rules(work, self.settings.source_code)
        work.run("reclassify/moved_amounts")

    def moved_entries(self) -> pa.Table:
        """The journal entries of which amounts are moved: none, and there is nothing to do."""
        return self.workspace.table("reclassify/moved_entry_rows")

    def summarise(self, folder: Path) -> list[tuple[str, int, Path]]:
        """Sum the moves into journal entries; their evidence below `folder`, as (dataset, bucket, file)."""
        work = self.workspace
        for step in ("posting_dates", "reclassify/moves", "recognition/leg_sums"):
            work.run(step)
        # Named by the entries that it moves amounts of: no other move can ever have the same name.
        moved = ",".join(self.moved_entries()["journal_entry_id"].to_pylist())
        work.set("run_no", f"moved {hashlib.sha256(moved.encode()).hexdigest()}")
        work.create("entry_id", identify(self.settings.source_code, work.table("recognition/entry_groups")))
        for step in ("recognition/journal_lines", "recognition/journal_entries"):
            work.run(step)
        return list(self._written(folder))

    def result(self, name: str) -> pa.Table:
        """A small result by the name of its SQL file."""
        return self.workspace.table(name)

    def _written(self, folder: Path) -> Iterable[tuple[str, int, Path]]:
        legs = folder / "recognition_legs.parquet"
        self.workspace.write_parquet("reclassify/evidence_legs", legs)
        yield "recognition_legs", 0, legs
        for bucket in range(BUCKETS):
            self.workspace.set("bucket", bucket)
            path = folder / f"recognised_amounts-{bucket}.parquet"
            self.workspace.write_parquet("reclassify/evidence_amounts", path)
            if pq.read_metadata(path).num_rows:
                yield "recognised_amounts", bucket, path


def take_recorded(
    work: Workspace, settings: EngineSettings, recorded: RecordedRuns, uids: pa.Table, days: tuple[date, date]
) -> None:
    """Take the settings, and what stands as recognised of documents in a span of days."""
    for step in ("macros", "rule_macros", "tables", "recognition/tables", "reclassify/tables"):
        work.run(step)
    for name, table in settings.tables.items():
        work.create(name, table)
    work.set("batch_label", settings.batch_id.hex[:8])
    work.set("batch_id", str(settings.batch_id))
    work.set("line_limit", settings.line_limit)
    for name, day in zip(("first_day", "last_day"), days, strict=True):
        work.set(name, day)
    work.create("given_up", pa.table({"journal_entry_id": list(recorded.given_up)}, schema=_GIVEN_UP))
    work.append("chosen_document", uids)
    work.view("group_file", recorded.groups, GROUPS)
    work.run("recognition/take_groups")
    work.view("leg_file", recorded.legs, LEGS)
    work.run("reclassify/take_legs")
    for bucket in range(BUCKETS):
        work.set("bucket", bucket)
        work.view("recognised_file", recorded.amounts(bucket), RECOGNISED)
        work.run("reclassify/take_amounts")


def ask_rules(work: Workspace, source_code: str) -> None:
    """Ask the rules by which legs each kind of line and day in `recognised_sum` is recognised.

    Raises ConfigurationError naming the kind of line that no posting rule recognises, or several.
    """
    for step in ("recognition/shapes", "event_shapes"):
        work.run(step)
    if (unruled := work.table("recognition/unruled")).num_rows:
        raise ConfigurationError(
            f"Source {source_code}: no posting rule, or several, for revenue.recognized of {told_unruled(unruled)}. Add or narrow a "
            "rule in posting_rules/. Nothing was booked."
        )
    for step in ("shape_lines", "reclassify/ruled_ways"):
        work.run(step)
