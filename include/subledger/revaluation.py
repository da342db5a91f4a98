"""From the open items in foreign currencies to what they are worth at the closing rate of a period's last day, and back.

Each pair of entries has two halves: on the last day the difference to what the items were worth when they arose, on the
next day the same taken back. What should stand is compared with what stands of earlier runs; a half that differs is
reversed and booked anew. Like the accounting engine it asks the outside world nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from include.subledger.engine import OPEN_ITEM_SCHEMA, EngineSettings
from include.subledger.entry_ids import identify
from include.subledger.workspace import Workspace

# Evidence of a run: one row per open item, account and journal entry. `half` is `end` or `start`, see above.
REVALUED_ITEMS = pa.schema(
    [
        ("item_uid", pa.uuid()),
        *((name, pa.string()) for name in ("legal_entity_code", "currency", "revalued_period", "half", "category")),
        *((name, pa.string()) for name in ("role", "account_code", "party_key")),
        ("functional_minor", pa.int64()),
        ("rate", pa.decimal128(38, 15)),
        ("rate_date", pa.date32()),
        ("posting_date", pa.date32()),
        *((name, pa.string()) for name in ("period_name", "held_reason")),
        ("journal_entry_id", pa.uuid()),
        ("run_no", pa.int32()),
    ]
)
ASKED = pa.schema([("legal_entity_code", pa.string()), ("period_name", pa.string()), ("end_date", pa.date32())])
ROLES = pa.schema([("legal_entity_code", pa.string()), ("role", pa.string())])


@dataclass(frozen=True, slots=True)
class RevaluationRun:
    """What a run values: `asked` periods of legal entities, `roles` by legal entity; `superseded` entries do not count.

    `run_no` counts the runs of a source from 1.
    """

    run_no: int
    asked: pa.Table
    roles: pa.Table
    superseded: Sequence[str]


@dataclass(slots=True)
class RevaluationEngine:
    """One revaluation run of one source."""

    workspace: Workspace
    settings: EngineSettings
    run: RevaluationRun

    def value(self, item_files: list[str], revalued_files: list[str]) -> int:
        """Value the open items; how many halves of pairs differ from what stands; 0: nothing is to be done.

        `item_files` are what nights did to open items, `revalued_files` what earlier runs booked.
        """
        work, run = self.workspace, self.run
        for step in ("macros", "tables"):
            work.run(step)
        for name, table in self.settings.tables.items():
            # A closing rate is not kept for its day: as long as the period is open, the newest one values it.
            work.create(name, table.slice(0, 0) if name == "fx_fixing" else table)
        for variable, value in (
            ("run_no", run.run_no),
            ("batch_label", self.settings.batch_id.hex[:8]),
            ("rate_purpose", "closing"),
        ):
            work.set(variable, value)
        work.create("asked_period", run.asked)
        work.create("revalued_role", run.roles)
        superseded = pa.table({"journal_entry_id": pa.array(run.superseded, pa.string())})
        work.create("superseded_text", superseded)
        work.view("item_file", item_files, OPEN_ITEM_SCHEMA)
        work.view("revalued_file", revalued_files, REVALUED_ITEMS)
        for step in ("superseded", "open_items"):
            work.run(f"revaluation/{step}")
        work.run("day_rates")
        for step in ("unrated", "standing", "wanted", "new_legs"):
            work.run(f"revaluation/{step}")
        work.run("posting_dates")
        work.run("revaluation/placed_legs")
        return len(work.table("revaluation/differing_halves"))

    def unrated(self) -> list[dict[str, object]]:
        """Legal entities, periods and currencies that have open items and no closing rate."""
        rows: list[dict[str, object]] = self.workspace.table("revaluation/unrated_rows").to_pylist()
        return rows

    def summarise(self, path: Path) -> None:
        """Sum what differs into journal entries, and write the evidence of the run."""
        work = self.workspace
        work.create("entry_id", identify(self.settings.source_code, work.table("revaluation/entry_groups")))
        for step in ("revaluation/numbered_legs", "revaluation/journal_lines", "recognition/journal_entries"):
            work.run(step)
        work.write_parquet("revaluation/evidence_revalued", path)

    def result(self, name: str) -> pa.Table:
        """A small result by the name of its SQL file."""
        return self.workspace.table(name)
