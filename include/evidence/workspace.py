"""A DuckDB that reads evidence by SQL in files: views of Parquet, small results as rows, no float among them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import ConstantExpression, StarExpression


class SqlWorkspace:
    """Tables and views of one run. Statements live in files of `folder`, one idea each; values come as variables."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder
        self._held: dict[str, pa.Table] = {}  # Arrow tables behind views: DuckDB does not own them

    def run(self, name: str) -> None:
        """Run the statements of `<name>.sql`."""
        self.run_text(self._text(name))

    def run_text(self, text: str) -> None:
        """Run statements."""
        self._connection.execute(text).fetchall()

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The result of `<name>.sql`, for small ones. Raises TypeError for a binary fraction among its columns."""
        table = self._connection.sql(self._text(name)).to_arrow_table()
        if floats := [field.name for field in table.schema if pa.types.is_floating(field.type)]:
            raise TypeError(f"{name}.sql gives {', '.join(floats)} as binary fractions; cast the amount")
        rows: list[dict[str, Any]] = table.to_pylist()
        return rows

    def fetch(self, name: str) -> pa.Table:
        """The result of `<name>.sql` in columns; a UUID comes as text."""
        return self._connection.sql(self._text(name)).to_arrow_table()

    def set(self, name: str, value: object) -> None:
        """Set a variable that SQL files read with getvariable()."""
        self._connection.execute(f"set variable {name} = $value", {"value": value}).fetchall()

    def view(self, name: str, paths: list[str], empty: pa.Schema) -> None:
        """Point a view at Parquet files, or at nothing of the given shape where there are no files.

        What files of an earlier version lack of the shape is null.
        """
        self._release(name)
        if paths:
            found = self._connection.read_parquet(paths)
            if set(empty.names) - set(found.columns):
                shape = self._connection.from_arrow(empty.empty_table())
                lacking = [
                    each for each in zip(shape.columns, shape.types, strict=True) if each[0] not in found.columns
                ]
                nulls = (ConstantExpression(None).cast(kind).alias(column) for column, kind in lacking)
                found = found.select(StarExpression(), *nulls)
            found.create_view(name, replace=True)
        else:
            self.table(name, empty.empty_table())

    def view_of_batches(self, files: Sequence[tuple[str, int]], empty: pa.Schema) -> None:
        """Point `stored_file` at Parquet files of several batches, given with their numbers, which `file_batch` tells."""
        paths, numbers = [path for path, _ in files], [number for _, number in files]
        self.table("file_batch", pa.table({"path": paths, "batch_no": pa.array(numbers, pa.int64())}))
        if paths:
            self._release("stored_file")
            self._connection.read_parquet(paths, filename=True, union_by_name=True).create_view(
                "stored_file", replace=True
            )
        else:
            self.table("stored_file", empty.append(pa.field("filename", pa.string())).empty_table())

    def write_parquet(self, name: str, path: Path, compression: str = "zstd") -> int:
        """Write the result of `<name>.sql` to a Parquet file and say how many rows it has."""
        self._connection.sql(self._text(name)).write_parquet(str(path), compression=compression, row_group_size=30_000)
        return int(pq.read_metadata(path).num_rows)

    def table(self, name: str, rows: pa.Table) -> None:
        """Offer an Arrow table under a name."""
        self._held[name] = rows
        self._connection.register(name, rows)

    def _release(self, name: str) -> None:
        if self._held.pop(name, None) is not None:
            self._connection.unregister(name)  # a registered table would hide the view

    def _text(self, name: str) -> str:
        return (self._folder / f"{name}.sql").read_text(encoding="utf-8")
