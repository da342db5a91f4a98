"""DuckDB as evidence uses it: bounded memory, its spill in our scratch, its SQL in files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

_SQL = Path(__file__).with_name("sql")
MEMORY_LIMIT = "256MB"
THREADS = 2


@contextmanager
def open_duckdb(scratch: Path, memory_limit: str = MEMORY_LIMIT) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own that spills below `scratch` and never reaches for the network."""
    connection = duckdb.connect(
        config={
            "memory_limit": memory_limit,
            "threads": THREADS,
            "temp_directory": str(scratch / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        }
    )
    try:
        yield connection
    finally:
        connection.close()


def read_sql(name: str) -> str:
    """Return the text of `sql/<name>.sql`; `document_uid` defines the macros that name documents, `document_once` the one that tells each once."""
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")
