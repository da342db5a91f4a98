"""The floor of a night: the least that anybody must do who reads these tables, adds them up and remembers the documents."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import duckdb
import psycopg
import pyarrow.parquet as pq

FOLDER = Path(__file__).parent
# Every table that a night reads rows from.
TABLES = (
    "legal_entities",
    "customers",
    "products",
    "invoices",
    "invoice_lines",
    "invoice_line_taxes",
    "payments",
    "payment_allocations",
)
_REGISTER = """
create table bench_register (document_uid uuid primary key, source_id smallint not null, document_type smallint not null,
    state smallint not null, hash_version smallint not null, version_no int not null, batch_no bigint not null,
    seen_rank bigint not null, accounted_hash uuid, seen_hash uuid not null, legal_entity_code text not null,
    currency text not null, document_date date, total_minor bigint not null, is_live boolean not null)
"""


def tables_to_parquet(folder: str) -> dict[str, Any]:
    """Every table read, as it is, over ADBC to Parquet files of one folder."""
    target, rows = Path(folder), 0
    target.mkdir(parents=True, exist_ok=True)
    with adbc.connect(os.environ["BENCH_BILLING"]) as connection, connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"select {_columns(cursor, table)} from billing.{table}")
            with (
                cursor.fetch_record_batch() as reader,
                pq.ParquetWriter(target / f"{table}.parquet", reader.schema, compression="zstd") as writer,
            ):
                for batch in reader:
                    writer.write_batch(batch)
                    rows += batch.num_rows
    return {"rows": rows}


def sum_in_duckdb(folder: str) -> dict[str, Any]:
    """The same sums over those files; they must come to what PostgreSQL itself says, which the caller compares."""
    connection = _tables_in_duckdb(folder)
    sums = connection.execute((FOLDER / "floor_sums.sql").read_text(encoding="utf-8")).fetchall()
    rows = sum(pq.read_metadata(path).num_rows for path in Path(folder).glob("*.parquet"))
    return {"rows": rows, "ledger": json.loads(json.dumps(sums))}


def copy_register_rows(folder: str) -> dict[str, Any]:
    """One COPY of a register row per document, in key order, into an empty table; making the rows is not counted."""
    rows = Path(folder) / "register.csv"
    query = (FOLDER / "floor_register.sql").read_text(encoding="utf-8")
    connection = _tables_in_duckdb(folder)
    connection.execute(f"copy ({query}) to '{rows}' (header false)")
    connection.close()
    with psycopg.connect(os.environ["BENCH_FINANCE_OWNER"]) as target, rows.open("rb") as source:
        target.execute("drop table if exists bench_register")
        target.execute(_REGISTER)
        target.commit()
        started = time.perf_counter()
        with target.cursor() as cursor, cursor.copy("copy bench_register from stdin (format csv)") as copy:
            while chunk := source.read(1 << 20):
                copy.write(chunk)
        target.commit()
        seconds = time.perf_counter() - started
        [count] = target.execute("select count(*) from bench_register").fetchone() or [0]
        target.execute("drop table bench_register")
    rows.unlink()
    return {"rows": count, "seconds": seconds}


def _columns(cursor: Any, table: str) -> str:
    """All columns of a table; `numeric` and `xid8` as text, which is all the driver can make of them."""
    cursor.execute(
        "select string_agg(case when data_type in ('numeric', 'xid8') then format('%I::text', column_name)"
        " else quote_ident(column_name) end, ', ' order by ordinal_position)"
        f" from information_schema.columns where table_schema = 'billing' and table_name = '{table}'"
    )
    [columns] = cursor.fetchone()
    return str(columns)


def _tables_in_duckdb(folder: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "1GB", "temp_directory": f"{folder}/spill"})
    for table in TABLES:
        connection.read_parquet(f"{folder}/{table}.parquet").create_view(table)
    return connection
