"""A DuckDB for comparing what was written down: evidence as views, small results as rows, no float among them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from include.evidence.duck import open_duckdb, read_sql
from include.evidence.workspace import SqlWorkspace

_SQL = Path(__file__).with_name("sql")


class TieOutWorkspace(SqlWorkspace):
    """Tables and views of one tie-out."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(connection, _SQL)
        self.run_text(read_sql("document_uid"))
        self.run_text(read_sql("document_once"))
        self.run("tables")


@contextmanager
def open_workspace(scratch: Path) -> Iterator[TieOutWorkspace]:
    """A workspace that spills below `scratch`, which the caller removes afterwards."""
    with open_duckdb(scratch) as connection:
        yield TieOutWorkspace(connection)
