"""Two sets of rows, told apart by a canonical hash: SHA-256 over the text of all rows, sorted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from include.evidence.workspace import SqlWorkspace

_SQL = Path(__file__).with_name("sql")
SHOWN = 10  # differing rows that a comparison holds; it counts all


@dataclass(frozen=True, slots=True)
class Comparison:
    """One dataset twice. `differences` are the first rows that only one side has, with `-` for the left and `+` for the right."""

    dataset: str
    left_rows: int
    right_rows: int
    left_sha256: str
    right_sha256: str
    differing_rows: int
    differences: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether both have the same rows, each as often."""
        return self.left_sha256 == self.right_sha256


def compare_rows(
    connection: duckdb.DuckDBPyConnection,
    dataset: str,
    left: list[str] | pa.Table,
    right: list[str] | pa.Table,
    shape: pa.Schema,
) -> Comparison:
    """Compare rows of one shape: Parquet files or a table on either side. The order of rows does not matter."""
    work = SqlWorkspace(connection, _SQL)
    digests = []
    for name, rows in (("left_row", left), ("right_row", right)):
        if isinstance(rows, pa.Table):
            work.table(name, rows)
        else:
            work.view(name, rows, shape)
        digests.append(_digest(connection.sql((_SQL / f"{name}_texts.sql").read_text(encoding="utf-8"))))
    (left_rows, left_sha256), (right_rows, right_sha256) = digests
    if left_sha256 == right_sha256:
        return Comparison(dataset, left_rows, right_rows, left_sha256, right_sha256, 0, ())
    work.run("differing_rows")
    work.set("shown", SHOWN)
    [count] = work.rows("differing_count")
    shown = tuple(f"{row['side']} {row['row']}" for row in work.rows("differing_shown"))
    return Comparison(dataset, left_rows, right_rows, left_sha256, right_sha256, count["differing_rows"], shown)


def _digest(texts: duckdb.DuckDBPyRelation) -> tuple[int, str]:
    """How many rows, and the hash over their texts in the order in which they come: whole columns at a time."""
    digest, count = hashlib.sha256(), 0
    for batch in texts.to_arrow_reader(65_536):
        column = batch.column(0)
        count += len(column)
        digest.update("\n".join(column.to_pylist()).encode() + b"\n")
    return count, digest.hexdigest()
