"""The frames that suites judge: one row per document with its facts, made by DuckDB from landed rows.

Columns that are counted or compared have no nulls, so that they stay whole numbers in pandas. Great Expectations is not
imported here: a night without documents does without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

import duckdb
import pyarrow as pa

from include.config.configuration import Configuration
from include.evidence.duck import open_duckdb
from include.evidence.manifest import EvidenceFile
from include.ports.canonical import BUCKETS, DATASETS, landed_schema

# In the order in which they are judged; the name of a frame is also that of its suite and of its SQL file.
FRAMES: tuple[str, ...] = (
    "documents",
    "invoices",
    "credit_memos",
    "payments",
    "refunds",
    "disputes",
    "processor_fees",
    "payouts",
    "lines",
    "line_taxes",
    "applications",
    "deletions",
)
# What every frame has beside its facts: the names of the document.
IDENTITY: tuple[str, ...] = ("document_uid", "document_type", "native_id", "bucket")
_SQL = Path(__file__).with_name("sql")
_MEMORY_LIMIT = "512MB"
# Buckets are judged together as long as no dataset of them has more rows: a suite costs the same for one row and for
# thousands, and memory stays bounded.
PORTION_ROWS = 1_000_000
_LEGAL_ENTITY = pa.schema(
    [
        ("code", pa.string()),
        ("today", pa.date32()),
        ("latest_date", pa.date32()),
        ("max_future_days", pa.int64()),
        ("default_revenue_effect", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame with rows, and how long it took to make."""

    name: str
    rows: pa.Table
    seconds: float


def portions(files: Iterable[EvidenceFile], limit: int = PORTION_ROWS) -> list[list[int]]:
    """Neighbouring buckets that are judged together; buckets without rows are left out."""
    sizes: dict[int, dict[str, int]] = {}
    for file in files:
        if file.dataset in DATASETS and file.rows:
            sizes.setdefault(file.bucket, {})[file.dataset] = file.rows
    found: list[list[int]] = []
    held: dict[str, int] = {}
    for bucket in range(BUCKETS):
        size = sizes.get(bucket)
        if size is None:
            continue
        together = {name: held.get(name, 0) + size.get(name, 0) for name in DATASETS}
        if found and max(together.values()) <= limit:
            found[-1].append(bucket)
            held = together
        else:
            found.append([bucket])
            held = dict(size)
    return found


def entity_table(configuration: Configuration, read_instant: datetime) -> pa.Table:
    """One row per legal entity: its day at the read instant, and the last day that a document may bear."""
    rows = []
    for code, entity in configuration.legal_entities.items():
        settings = configuration.entity_settings[code]
        today = entity.local_date(read_instant)
        rows.append(
            {
                "code": code,
                "today": today,
                "latest_date": today + timedelta(days=settings.max_future_days),
                "max_future_days": settings.max_future_days,
                "default_revenue_effect": settings.default_revenue_effect,
            }
        )
    return pa.Table.from_pylist(rows, schema=_LEGAL_ENTITY)


@contextmanager
def open_frames(
    paths: Mapping[str, Sequence[str]], legal_entities: pa.Table, scratch: Path
) -> Iterator[Iterator[Frame]]:
    """The frames of some buckets, one after the other; those without rows are left out.

    `paths` are the local files of each landed dataset.
    """
    with open_duckdb(scratch, _MEMORY_LIMIT) as connection:
        connection.execute("set arrow_lossless_conversion = true")  # a UUID leaves as one, in 16 bytes
        _register(connection, paths, legal_entities)
        yield _frames(connection)


def _register(
    connection: duckdb.DuckDBPyConnection, paths: Mapping[str, Sequence[str]], legal_entities: pa.Table
) -> None:
    for dataset in DATASETS:
        name, found = f"landed_{dataset}", list(paths.get(dataset, ()))
        if found:
            connection.read_parquet(found, hive_partitioning=False).create_view(name)
        else:
            connection.register(name, landed_schema(dataset).empty_table())
    connection.register("legal_entity", legal_entities)


def _frames(connection: duckdb.DuckDBPyConnection) -> Iterator[Frame]:
    begun = monotonic()
    for step in ("rows_at_hand", "line_facts", "tax_facts", "application_facts"):
        connection.execute(read_sql(step)).fetchall()
    for name in FRAMES:
        rows = connection.sql(read_sql(name)).to_arrow_table()
        if rows.num_rows:
            yield Frame(name, rows, monotonic() - begun)
        # Given back before the next is made: of a large bucket one frame takes hundreds of megabytes.
        del rows
        begun = monotonic()


def read_sql(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")
