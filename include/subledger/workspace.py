"""A DuckDB database of one run: on disk in the run's scratch folder, bounded memory, SQL from files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

SQL_FOLDER = Path(__file__).with_name("sql")
MEMORY_LIMIT = "1GB"
THREADS = 2
# The first level of compression takes a third less time than the usual third, for files that are hardly larger.
KEPT = "format parquet, compression zstd, compression_level 1, row_group_size 30000"
# What is read once and thrown away.
PUT_ASIDE = "format parquet, compression lz4_raw"


class Workspace:
    """The working tables of one accounting run. Statements live in files, one idea each; values come as variables."""

    def __init__(self, scratch: Path) -> None:
        """Open a new database below `scratch`, which the caller removes afterwards."""
        scratch.mkdir(parents=True, exist_ok=True)
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": MEMORY_LIMIT,
                "threads": THREADS,
                "temp_directory": str(scratch / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "preserve_insertion_order": False,
                "arrow_lossless_conversion": True,  # a UUID leaves as one, in 16 bytes
            },
        )
        self._held: dict[str, pa.Table] = {}  # Arrow tables behind views: DuckDB does not own them

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def run(self, name: str) -> None:
        """Run the statements of `sql/<name>.sql`."""
        self.run_text(_text(name))

    def run_text(self, text: str) -> None:
        """Run statements."""
        self._connection.execute(text).fetchall()

    def table(self, name: str) -> pa.Table:
        """The result of `sql/<name>.sql` as an Arrow table: for results that are small or one bucket long."""
        return self._connection.sql(_text(name)).to_arrow_table()

    def stream(self, name: str) -> pa.RecordBatchReader:
        """The result of `sql/<name>.sql` as a reader; it must be read to its end before the next statement."""
        return _stream(self._connection, name)

    def aside(self) -> Aside:
        """A second connection to the same tables, for one other thread."""
        return Aside(self._connection.cursor())

    def write_parquet(self, name: str, path: Path, options: str = KEPT) -> None:
        """Write the result of `sql/<name>.sql` to a Parquet file, by the options of DuckDB's COPY."""
        query = _text(name).rstrip().rstrip(";")
        self._connection.execute(f"copy (\n{query}\n) to $path ({options})", {"path": str(path)}).fetchall()

    def set(self, name: str, value: object) -> None:
        """Set a variable that SQL files read with getvariable()."""
        _set(self._connection, name, value)

    def create(self, table: str, rows: pa.Table) -> None:
        """Make a table from an Arrow table."""
        self._connection.from_arrow(rows).create(table)

    def append(self, table: str, rows: pa.Table) -> None:
        """Add an Arrow table, whose columns stand in the table's order, to a table."""
        self._connection.from_arrow(rows).insert_into(table)

    def view(self, name: str, paths: list[str], empty: pa.Schema) -> None:
        """Point a view at Parquet files, or at nothing of the given shape where there are no files."""
        if self._held.pop(name, None) is not None:
            self._connection.unregister(name)  # a registered table would hide the view
        if paths:
            self._connection.read_parquet(paths).create_view(name, replace=True)
        else:
            self._held[name] = empty.empty_table()
            self._connection.register(name, self._held[name])


class Aside:
    """A second connection to the tables of a workspace. Temporary tables and variables of the first are not there."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def set(self, name: str, value: object) -> None:
        """Set a variable of this connection."""
        _set(self._connection, name, value)

    def stream(self, name: str) -> pa.RecordBatchReader:
        """The result of `sql/<name>.sql` as a reader; it must be read to its end before the next statement."""
        return _stream(self._connection, name)


def _set(connection: duckdb.DuckDBPyConnection, name: str, value: object) -> None:
    connection.execute(f"set variable {name} = $value", {"value": value}).fetchall()


def _stream(connection: duckdb.DuckDBPyConnection, name: str) -> pa.RecordBatchReader:
    return _with_plain_flags(connection.sql(_text(name)).to_arrow_reader(65_536))


def _with_plain_flags(reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """Flags as Arrow's own, in bits: without loss DuckDB gives them in bytes, which PostgreSQL's COPY does not take."""
    fields = [
        pa.field(each.name, pa.bool_()) if isinstance(each.type, pa.Bool8Type) else each for each in reader.schema
    ]
    schema = pa.schema(fields)

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            columns = [
                column.storage.cast(pa.bool_()) if isinstance(column.type, pa.Bool8Type) else column
                for column in batch.columns
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _text(name: str) -> str:
    return (SQL_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
