"""What a reclassification or a reversal would book, once it is worked out: its rows for the commit, its money for people, its name as a hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa

from include.pipelines.whatif import LeftOut
from include.store.reclassifications import SourceStanding
from include.subledger.engine import SubledgerEngine
from include.subledger.recognition_moves import RecognitionMoves

_ENGINE_ROWS = {
    "new_entry": "journal_entry_rows",
    "new_line": "journal_line_rows",
    "new_netted": "netted_amounts",
    "new_balance": "balance_rows",
    "new_exception": "exception_rows",
    "new_fixing": "fixing_rows",
    "new_intercompany": "intercompany_rows",
    "new_retry": "retry_rows",
}
_MOVED_ROWS = {
    "new_entry": "journal_entry_rows",
    "new_line": "journal_line_rows",
    "new_netted": "recognition/netted_amounts",
    "new_balance": "recognition/balance_rows",
}
_NONE_MOVED = pa.table({"journal_entry_id": pa.array([], pa.string())})
Written = list[tuple[str, int, Path]]  # (dataset, bucket, file)


@dataclass(frozen=True, slots=True)
class ReclassifiedCell:
    """What a reclassification adds to a legal entity's account in a period, in its own currency; `documents` names the largest."""

    legal_entity_code: str
    period_name: str
    account_code: str
    currency: str
    held_reason: str | None
    amount_minor: int
    document_count: int
    documents: tuple[str, ...]


@dataclass(slots=True)
class Reckoning:
    """What a reclassification would book, while its working tables are at hand."""

    standing: SourceStanding
    batch_id: UUID
    periods: pa.Table
    engine: SubledgerEngine
    moves: RecognitionMoves | None  # none: what was recognised is for the next run to settle
    events: pa.Table
    landed: Written = field(default_factory=list)
    findings: Written = field(default_factory=list)
    made: Written = field(default_factory=list)
    cells: tuple[ReclassifiedCell, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    document_count: int = 0
    gone_count: int = 0  # documents asked for by name that billing has deleted

    def rows(self, name: str) -> pa.Table:
        """What the commit writes: of the events, and of what was recognised."""
        if name == "new_moved":
            return self.moves.moved_entries() if self.moves else _NONE_MOVED
        found = self.engine.result(_ENGINE_ROWS[name])
        if name not in _MOVED_ROWS or self.moves is None or not self.moves.moved_entries().num_rows:
            return found
        moved = self.moves.result(_MOVED_ROWS[name]).select(found.column_names).cast(found.schema)
        return _summed(pa.concat_tables([found, moved])) if name == "new_balance" else pa.concat_tables([found, moved])

    @property
    def entry_count(self) -> int:
        """How many journal entries."""
        return int(self.rows("new_entry").num_rows)

    def sha256(self, asked: Mapping[str, Any], configuration_sha256: str) -> str:
        """A hash over who is asked for, by which configuration, and every entry that it comes to: dates, accounts, amounts."""
        entries = sorted(
            (
                row["reference"],
                row["content_sha256"].hex(),
                row["period_name"],
                "" if row["held_reason"] == "future_date" else row["held_reason"] or "",
            )
            for row in self.rows("new_entry").to_pylist()
        )
        content = [self.standing.stream.source_code, dict(asked), configuration_sha256, entries]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _summed(balances: pa.Table) -> pa.Table:
    """One row per key: PostgreSQL takes a row once in a statement."""
    keys = [name for name in balances.column_names if not name.endswith("_minor")]
    amounts = [name for name in balances.column_names if name.endswith("_minor")]
    summed = balances.group_by(keys).aggregate([(name, "sum") for name in amounts])
    return summed.rename_columns([*keys, *amounts]).select(balances.column_names).cast(balances.schema)
