"""A DuckDB for comparing what was written down: evidence as views, small results as rows, no float among them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from include.evidence.duck import open_duckdb, read_sql

_SQL = Path(__file__).with_name("sql")


class TieOutWorkspace:
    """Tables and views of one tie-out. Statements live in files, one idea each; values come as variables."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._held: dict[str, pa.Table] = {}  # Arrow tables behind views: DuckDB does not own them
        self.run_text(read_sql("document_uid"))
        self.run("tables")

    def run(self, name: str) -> None:
        """Run the statements of `sql/<name>.sql`."""
        self.run_text(_text(name))

    def run_text(self, text: str) -> None:
        """Run statements."""
        self._connection.execute(text).fetchall()

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The result of `sql/<name>.sql`, for small ones. Raises TypeError for a binary fraction among its columns."""
        table = self._connection.sql(_text(name)).to_arrow_table()
        if floats := [field.name for field in table.schema if pa.types.is_floating(field.type)]:
            raise TypeError(f"{name}.sql gives {', '.join(floats)} as binary fractions; cast the amount")
        rows: list[dict[str, Any]] = table.to_pylist()
        return rows

    def set(self, name: str, value: object) -> None:
        """Set a variable that SQL files read with getvariable()."""
        self._connection.execute(f"set variable {name} = $value", {"value": value}).fetchall()

    def view(self, name: str, paths: list[str], empty: pa.Schema) -> None:
        """Point a view at Parquet files, or at nothing of the given shape where there are no files."""
        if self._held.pop(name, None) is not None:
            self._connection.unregister(name)  # a registered table would hide the view
        if paths:
            self._connection.read_parquet(paths).create_view(name, replace=True)
        else:
            self.table(name, empty.empty_table())

    def table(self, name: str, rows: pa.Table) -> None:
        """Offer an Arrow table under a name."""
        self._held[name] = rows
        self._connection.register(name, rows)


@contextmanager
def open_workspace(scratch: Path) -> Iterator[TieOutWorkspace]:
    """A workspace that spills below `scratch`, which the caller removes afterwards."""
    with open_duckdb(scratch) as connection:
        yield TieOutWorkspace(connection)


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")
