"""What is old: batches by the day of their commit, and whether anything still reads their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from include.store.database import FinanceDatabase

_SQL = Path(__file__).with_name("sql") / "retention"


@dataclass(frozen=True, slots=True)
class OldBatch:
    """A batch and where its evidence lies; `legal_entities`: whose documents or entries are in it."""

    batch_no: int
    source_code: str
    kind: str
    committed_on: date
    evidence_path: str
    file_count: int
    byte_count: int
    legal_entities: tuple[str, ...]


def batches_before(database: FinanceDatabase, day: date) -> list[OldBatch]:
    """The batches that were committed before a day, oldest first."""
    before = datetime(day.year, day.month, day.day, tzinfo=UTC)
    with database.transaction() as connection:
        rows = connection.execute(_text("old_batches"), {"before": before}).fetchall()
    return [OldBatch(**(row | {"legal_entities": tuple(row["legal_entities"])})) for row in rows]


def needed_documents(database: FinanceDatabase, batch_numbers: Sequence[int]) -> dict[int, int]:
    """How many documents' newest version or standing booking each of these batches holds; those with none are left out."""
    with database.transaction() as connection:
        rows = connection.execute(_text("needed"), {"batches": list(batch_numbers)}).fetchall()
    return {row["batch_no"]: row["document_count"] for row in rows}


def _text(name: str) -> Any:
    return (_SQL / f"{name}.sql").read_bytes()
