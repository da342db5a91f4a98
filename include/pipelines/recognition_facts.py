"""What a run of recognition went by, kept in its evidence, so that it can be rebuilt: periods, runs before it, nights it read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from include.store.recognitions import RecognitionStanding
from include.subledger.recognition import RunSettings

FACTS = "recognition_facts"
_SHAPE = pa.schema([(name, pa.string()) for name in ("kind", "name", "value")])


def write_facts(path: Path, standing: RecognitionStanding, run: RunSettings) -> None:
    """Write down where a run stood and what it was asked."""
    rows = [
        *(("run", str(each.batch_no), "") for each in standing.runs),
        *(("accounted", str(each.batch_no), "") for each in standing.accounted),
        *(("through", row["legal_entity_code"], row["through_date"].isoformat()) for row in standing.through),
        *(("asked", period, "") for period in run.asked_periods),
        *(("undone", entry, "") for entry in run.undone),
        *(("newly_undone", entry, "") for entry in run.newly_undone),
    ]
    table = pa.Table.from_pylist([dict(zip(_SHAPE.names, row, strict=True)) for row in rows], _SHAPE)
    pq.write_table(table, path)


class RunFacts:
    """The facts of one run, read again."""

    def __init__(self, paths: list[str]) -> None:
        """Read them from local files."""
        self._rows = [row for path in paths for row in pq.read_table(path).to_pylist()]

    def names(self, kind: str) -> tuple[str, ...]:
        """Everything of one kind."""
        return tuple(row["name"] for row in self._rows if row["kind"] == kind)

    @property
    def through(self) -> tuple[dict[str, object], ...]:
        """Up to which day each legal entity was recognised."""
        return tuple(
            {"legal_entity_code": row["name"], "through_date": date.fromisoformat(row["value"])}
            for row in self._rows
            if row["kind"] == "through"
        )
