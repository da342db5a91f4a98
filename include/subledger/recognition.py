"""From the schedules of ratable lines to what the ended periods take of them, line by line and summed into journal entries.

For each line and day: what is earned by then, less what was recognised up to then. Lines stay in evidence, journals go to
the finance database. Like the accounting engine it asks the outside world nothing: files and settings are handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from include.finance.errors import ConfigurationError
from include.subledger.engine import STORED, EngineSettings
from include.subledger.entry_ids import identify
from include.subledger.revaluation import REVALUED_ITEMS
from include.subledger.workspace import Workspace

# Evidence of an accounted batch: the lines it put into deferred revenue, or changed.
SCHEDULES = pa.schema(
    [
        ("document_uid", pa.uuid()),
        ("event_type", pa.int16()),
        ("line_no", pa.int32()),  # null: the document has no such line any more
        *((name, pa.string()) for name in ("legal_entity_code", "currency", "revenue_treatment")),
        *((name, pa.string()) for name in ("product_line", "department", "region")),
        ("amount_minor", pa.int64()),
        ("method", pa.string()),
        *((name, pa.date32()) for name in ("service_start", "service_end", "recognition_date")),
        *((name, pa.date32()) for name in ("begins_date", "ended_date", "from_date")),
        ("base_minor", pa.int64()),
        ("base_earned_minor", pa.int64()),
        # what the line is worth in the entity's own currency, as it was booked; null: the amount is in it already
        ("functional_minor", pa.int64()),
    ]
)
_LINE = [("document_uid", pa.uuid()), ("event_type", pa.int16()), ("line_no", pa.int32()), ("group_no", pa.int32())]
# Evidence of a recognition run: the terms of lines, and how much of each was recognised after it.
STATE = pa.schema(
    [
        *_LINE,
        ("amount_minor", pa.int64()),
        *((field.name, field.type) for field in SCHEDULES if field.name in ("method", "service_start", "service_end")),
        *((name, pa.date32()) for name in ("recognition_date", "begins_date", "ended_date", "from_date")),
        *((name, pa.int64()) for name in ("base_minor", "base_earned_minor", "recognised_minor")),
        ("run_no", pa.int32()),
        *((name, pa.int64()) for name in ("functional_minor", "recognised_functional_minor")),
    ]
)
# Evidence of a recognition run: what it recognised of each line, and the legs on which a group and day is booked.
RECOGNISED = pa.schema(
    [
        *_LINE,
        ("as_of", pa.date32()),
        ("amount_minor", pa.int64()),
        ("run_id", pa.uuid()),
        ("functional_minor", pa.int64()),
    ]
)
LEGS = pa.schema(
    [
        ("group_no", pa.int32()),
        ("as_of", pa.date32()),
        ("legal_entity_code", pa.string()),
        ("currency", pa.string()),
        ("posting_date", pa.date32()),
        *((name, pa.string()) for name in ("period_name", "held_reason", "category", "account_code", "party_key")),
        *((name, pa.string()) for name in ("role", "department", "region", "product_line")),
        ("side", pa.int8()),
        *((name, pa.string()) for name in ("rule_id", "journal_entry_id")),
        ("run_id", pa.uuid()),
    ]
)
# What is booked, as evidence keeps it: bookings of documents with their entries, recognised lines with
# their legs, and open items revalued.
BOOKED = {**STORED, "recognised_amounts": RECOGNISED, "recognition_legs": LEGS, "revalued_items": REVALUED_ITEMS}
GROUPS = pa.schema(
    [
        ("group_no", pa.int32()),
        *((name, pa.string()) for name in ("legal_entity_code", "currency", "revenue_treatment")),
        *((name, pa.string()) for name in ("product_line", "department", "region")),
    ]
)
THROUGH = pa.schema([("legal_entity_code", pa.string()), ("through_date", pa.date32())])


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Where a run stands among those before it.

    `full_run` is the newest run that wrote the state of every line, 0 if none did; later ones wrote what had changed.
    `through` says per legal entity up to which day its lines are recognised. `asked_periods` are recognised although
    they have not ended. `undone` are the entries of earlier runs that were given up, `newly_undone` since the last run.
    """

    run_no: int
    run_id: UUID
    full_run: int
    through: pa.Table
    asked_periods: Sequence[str] = ()
    undone: Sequence[str] = ()
    newly_undone: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class BucketFiles:
    """Local evidence files of one bucket. `schedules` by batch number; `earlier` pairs of amounts and legs by run."""

    schedules: Sequence[tuple[int, list[str]]]
    state: list[str]
    earlier: Sequence[tuple[list[str], list[str]]] = ()


@dataclass(slots=True)
class RecognitionEngine:
    """One recognition run of one source."""

    workspace: Workspace
    settings: EngineSettings
    run: RunSettings
    changed_lines: int = 0
    _written: list[tuple[str, int, Path]] = field(default_factory=list)

    def begin(self, group_files: list[str], schedule_files: list[str]) -> None:
        """Take the settings, the groups of earlier runs, and the days on which new schedules ended."""
        work, run = self.workspace, self.run
        for step in ("macros", "rule_macros", "tables", "recognition/tables"):
            work.run(step)
        for name, table in self.settings.tables.items():
            work.create(name, table)
        for variable, value in (
            ("run_no", run.run_no),
            ("run_id", str(run.run_id)),
            ("full_run", run.full_run),
            ("batch_label", self.settings.batch_id.hex[:8]),
            ("line_limit", self.settings.line_limit),
        ):
            work.set(variable, value)
        work.create("recognised_through", run.through)
        work.create("asked_period", pa.table({"period_name": pa.array(run.asked_periods, pa.string())}))
        for name, entries in (("undone_entry", run.undone), ("newly_undone", run.newly_undone)):
            work.create(name, pa.table({"journal_entry_id": pa.array(entries, pa.string())}))
        work.view("group_file", group_files, GROUPS)
        work.view("schedule_file", schedule_files, SCHEDULES)
        for step in ("take_groups", "ended_days", "period_days"):
            work.run(f"recognition/{step}")
        work.run("posting_dates")
        work.run("recognition/checkpoints")

    def new_days(self) -> int:
        """How many days there are, over all legal entities, up to which no line was recognised yet."""
        return len(self.workspace.table("recognition/new_checkpoints"))

    def earliest_day(self) -> date | None:
        """The earliest day up to which this run recognises: what runs before it did need not be known."""
        found: date | None = self.workspace.table("recognition/earliest_checkpoint")["as_of"][0].as_py()
        return found

    def recognise_bucket(self, bucket: int, files: BucketFiles, folder: Path, *, is_full: bool) -> None:
        """Recognise one bucket and write its evidence below `folder`. A step for which there is no file is left out:
        even over nothing, a long statement takes a tenth of a second to plan.
        """
        schedules = [(number, paths) for number, paths in files.schedules if paths]
        if not (schedules or files.state or files.earlier):
            return
        work = self.workspace
        work.run("recognition/clear_bucket")
        for number, paths in schedules:
            work.set("schedule_batch", number)
            work.view("schedule_file", paths, SCHEDULES)
            work.run("recognition/take_schedules")
        work.view("state_file", files.state, STATE)
        work.run("recognition/state_lines")
        if self.run.newly_undone:
            self._take_earlier(files, "take_undone")
        work.run("recognition/changed_documents")
        self._take_earlier(files, "take_recognised")
        work.run("recognition/changed_lines")
        work.run("recognition/recognise_changed")
        if is_full and files.state:
            work.run("recognition/recognise_running")
        work.run("recognition/sums")
        state = ("recognition_state", "evidence_state") if is_full else ("recognition_changes", "evidence_changes")
        for dataset, query in (state, ("recognised_amounts", "evidence_recognised")):
            path = folder / f"{dataset}-{bucket}.parquet"
            self.changed_lines += self._write(query, dataset, bucket, path)

    def summarise(self, folder: Path) -> list[tuple[str, int, Path]]:
        """Sum what was recognised into journal entries; all files of the run as (dataset, bucket, file).

        Raises ConfigurationError naming the kind of line that no posting rule recognises, or several.
        """
        work = self.workspace
        work.run("recognition/shapes")
        work.run("event_shapes")
        self._require_ruled(work.table("recognition/unruled"))
        work.run("shape_lines")
        work.run("recognition/legs")
        work.run("recognition/leg_sums")
        work.create("entry_id", identify(self.settings.source_code, work.table("recognition/entry_groups")))
        work.run("recognition/journal_lines")
        work.run("recognition/journal_entries")
        for dataset, query in (("recognition_legs", "evidence_legs"), ("recognition_groups", "evidence_groups")):
            self._write(query, dataset, 0, folder / f"{dataset}.parquet")
        return self._written

    def result(self, name: str) -> pa.Table:
        """A small result by the name of its SQL file."""
        return self.workspace.table(name)

    def _write(self, query: str, dataset: str, bucket: int, path: Path) -> int:
        self.workspace.write_parquet(f"recognition/{query}", path)
        if rows := int(pq.read_metadata(path).num_rows):
            self._written.append((dataset, bucket, path))
        return rows

    def _take_earlier(self, files: BucketFiles, step: str) -> None:
        for amounts, legs in files.earlier:
            self.workspace.view("recognised_file", amounts, RECOGNISED)
            self.workspace.view("leg_file", legs, LEGS)
            self.workspace.run(f"recognition/{step}")

    def _require_ruled(self, unruled: pa.Table) -> None:
        if unruled.num_rows:
            raise ConfigurationError(
                f"Source {self.settings.source_code}: no posting rule, or several, for revenue.recognized of "
                f"{told_unruled(unruled)}. Add or narrow a rule in posting_rules/. Nothing was recognised."
            )


def told_unruled(unruled: pa.Table) -> str:
    """Kinds of lines that no posting rule recognises, or several, in words."""
    return "; ".join(
        f"legal entity {row['legal_entity_code']} on {row['event_date']}, {row['revenue_treatment']} "
        f"{row['product_line']} ({row['winners'] or 'none'})"
        for row in unruled.to_pylist()
    )
