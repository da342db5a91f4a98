"""What other rules would recognise: of what was recognised in a span of days, and of what they would defer otherwise.

What stands is taken as the base, so that nothing differs where no rule does. Where a line would be put into deferred revenue with
another amount, or not at all, the difference of what both would have earned in the periods comes on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from include.ports.canonical import BUCKETS
from include.subledger.engine import EngineSettings
from include.subledger.recognition import SCHEDULES, STATE
from include.subledger.recognition_moves import RecordedRuns, ask_rules, take_recorded
from include.subledger.workspace import Workspace


@dataclass(frozen=True, slots=True)
class TermFiles:
    """Local evidence files of one bucket: the state of the runs, schedules that no run has read by batch, those of other rules."""

    state: list[str]
    unread: Sequence[tuple[int, list[str]]]
    other: list[str]


@dataclass(frozen=True, slots=True)
class RecognitionTrial:
    """Other rules over what was recognised of some documents."""

    workspace: Workspace
    settings: EngineSettings

    def read(
        self,
        recorded: RecordedRuns,
        uids: pa.Table,
        days: tuple[date, date],
        terms: Sequence[TermFiles],
        through: pa.Table,
        full_run: int,
    ) -> None:
        """Take what was recognised and the terms of each bucket. `through` and `full_run` are those of the newest run.

        Raises ConfigurationError naming the kind of line that no posting rule recognises, or several.
        """
        work = self.workspace
        take_recorded(work, self.settings, recorded, uids, days)
        work.run("trial/tables")
        work.create("recognised_through", through)
        work.set("full_run", full_run)
        for bucket, files in enumerate(terms):
            work.set("bucket", bucket)
            work.run("recognition/clear_bucket")
            for number, paths in files.unread:
                work.set("schedule_batch", number)
                work.view("schedule_file", paths, SCHEDULES)
                work.run("recognition/take_schedules")
            work.view("state_file", files.state, STATE)
            work.view("other_schedule_file", files.other, SCHEDULES)
            for step in ("recognition/state_lines", "trial/take_terms"):
                work.run(step)
        for step in ("trial/booked_amounts", "trial/changed_terms", "trial/told_groups"):
            work.run(step)
        ask_rules(work, self.settings.source_code)

    def sums(self, folder: Path) -> dict[int, Path]:
        """What the rules recognise, by document, day and account: a file below `folder` per bucket that has any."""
        written = {}
        for bucket in range(BUCKETS):
            self.workspace.set("bucket", bucket)
            path = folder / f"recognised_sums-{bucket}.parquet"
            self.workspace.write_parquet("trial/ruled_sums", path)
            if pq.read_metadata(path).num_rows:
                written[bucket] = path
        return written
