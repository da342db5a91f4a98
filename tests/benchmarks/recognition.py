"""How fast a month is recognised: `make bench-recognition LINES=12000000`.

Lays down the state of so many running lines, as a run at the end of January would have left it, then recognises February in
a process of its own, to committed journal entries, and compares them with the difference of two cumulative sums.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import duckdb
import psycopg
from rich.console import Console
from rich.table import Table

from include.app import app_from_environment
from include.evidence.manifest import EvidenceFile, manifest_to_json
from include.evidence.store import EvidenceStore
from include.pipelines.recognise import recognise_source
from include.ports.canonical import BUCKETS
from include.sample.folders import HOME
from include.sample.postgres import EmbeddedPostgres
from include.store.migrate import migrate
from include.subledger.workspace import SQL_FOLDER
from tests.benchmarks.night import _PERIODS, CURRENCIES, write_configuration
from tests.benchmarks.stage import peak_megabytes

FOLDER = Path(__file__).parent
ENTITIES, GROUPS = 50, 200
MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)
_STREAM = "insert into tieout.source_stream (source_code) values ('billing')"
_ATTEMPT = """
insert into tieout.attempt (id, source_code, kind, read_instant, horizon_from, evidence_path, state, manifest)
values (%(id)s, 'billing', 'recognition', '2026-02-01T12:00:00Z', 0, 'billing/recognition/bench', 'committed', '[]')
"""
_BATCH = """
insert into tieout.batch (id, attempt_id, kind, source_code, read_instant, horizon_from, horizon_to, snapshot_rank, rule_set_sha256,
    code_version, manifest)
values (%(id)s, %(id)s, 'recognition', 'billing', '2026-02-01T12:00:00Z', 0, 0, 0, '', 'bench', %(manifest)s)
returning batch_no
"""
_STANDS = "update tieout.source_stream set recognised_batch_no = %s, schedules_through_batch_no = %s"
_THROUGH = "insert into tieout.recognised_through values ('billing', %s, '2026-01-31', %s)"


def lay_down(postgres: EmbeddedPostgres, state: Path, lines: int) -> int:
    """The state of so many lines; returns what February must come to."""
    postgres.create_database("bench_recognition", "finance_owner")
    owner = postgres.dsn("finance_owner", "bench_recognition")
    migrate(owner)
    write_configuration(state / "config", ENTITIES)
    files, expected = _write_state(state, lines)
    with psycopg.connect(owner) as connection:
        connection.execute(_PERIODS, (ENTITIES,))
        connection.execute(_STREAM)
        run = uuid4()
        connection.execute(_ATTEMPT, {"id": run})
        manifest = json.dumps(manifest_to_json(files))
        [number] = connection.execute(_BATCH, {"id": run, "manifest": manifest}).fetchone() or [0]
        connection.execute(_STANDS, (number, number))
        for n in range(1, ENTITIES + 1):
            connection.execute(_THROUGH, (f"E{n:02}", number))
    return expected


def _write_state(state: Path, lines: int) -> tuple[list[EvidenceFile], int]:
    evidence, expected = EvidenceStore(str(state / "evidence"), state / "scratch"), 0
    (state / "scratch").mkdir(parents=True, exist_ok=True)
    files = []
    with duckdb.connect(config={"memory_limit": "1GB", "threads": 2}) as work:
        work.execute((SQL_FOLDER / "macros.sql").read_text(encoding="utf-8"))
        work.execute(f"set variable lines = {lines // BUCKETS}; set variable groups = {GROUPS}")
        for bucket in range(BUCKETS):
            work.execute(f"set variable bucket = {bucket}")
            path = state / "scratch" / f"state-{bucket}.parquet"
            work.sql((FOLDER / "schedules.sql").read_text(encoding="utf-8")).write_parquet(
                str(path), compression="zstd"
            )
            files.append(
                evidence.put(path, f"billing/recognition/bench/state-{bucket}.parquet", "recognition_state", bucket)
            )
            [found] = work.execute(
                "select sum(earned_minor(amount_minor, method, service_start, service_end, null::date, date '2026-02-28')"
                f" - recognised_minor)::bigint from '{path}'"
            ).fetchone() or [0]
            expected += found
            path.unlink()
        path = state / "scratch" / "groups.parquet"
        groups = [
            (
                n + 1,
                f"E{n % ENTITIES + 1:02}",
                CURRENCIES[(n % ENTITIES + 1) % 4],
                "ratable",
                f"line {n % 4}",
                None,
                None,
            )
            for n in range(GROUPS)
        ]
        work.execute(
            "create table schedule_group (group_no integer, legal_entity_code varchar, currency varchar,"
            " revenue_treatment varchar, product_line varchar, department varchar, region varchar)"
        )
        work.executemany("insert into schedule_group values (?, ?, ?, ?, ?, ?, ?)", groups)
        work.table("schedule_group").write_parquet(str(path))
        files.append(evidence.put(path, "billing/recognition/bench/groups.parquet", "recognition_groups", 0))
    return files, expected


def recognise(result: str) -> None:
    """The stage itself, in a process of its own."""
    app = app_from_environment()
    started = time.perf_counter()
    came = recognise_source(app.accounting_desk(), "billing", MARCH)
    seconds, used = time.perf_counter() - started, time.process_time()
    found = {"seconds": seconds, "cpu": used, "peak_mb": peak_megabytes(), "entries": came.entry_count}
    Path(result).write_text(json.dumps(found), encoding="utf-8")
    os._exit(0)


@contextmanager
def _own_postgres(state: Path) -> Iterator[EmbeddedPostgres]:
    state.mkdir(parents=True, exist_ok=True)
    postgres = EmbeddedPostgres(state)
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.drop_database("bench_recognition")
        postgres.stop()


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=12_000_000)
    parser.add_argument("--stage", help="where the stage's own process writes what it took")
    given = parser.parse_args()
    if given.stage:
        recognise(given.stage)
    state, console = HOME / "bench-recognition", Console()
    for name in ("evidence", "scratch", "config"):
        shutil.rmtree(state / name, ignore_errors=True)
    with _own_postgres(state) as postgres:
        expected = lay_down(postgres, state, given.lines)
        environment = os.environ | {
            "AIRFLOW_CONN_FINANCE_DB": postgres.airflow_connection("finance_writer", "bench_recognition"),
            "TIEOUT_CONFIG": str(state / "config"),
            "TIEOUT_EVIDENCE": str(state / "evidence"),
            "TIEOUT_SCRATCH": str(state / "scratch"),
        }
        result = state / "result.json"
        command = [sys.executable, "-m", "tests.benchmarks.recognition", "--stage", str(result)]
        subprocess.run(command, env=environment, check=True)
        with postgres.admin("bench_recognition") as connection:
            query = "select -sum(amount_minor) from tieout.journal_line where account_code = '4000'"
            [posted] = connection.execute(query).fetchone() or [0]
    found = json.loads(result.read_text(encoding="utf-8"))
    shutil.rmtree(state / "evidence")
    table = Table(
        "lines",
        "seconds",
        "CPU seconds, imports too",
        "peak MB",
        "journal entries",
        "February to the minor unit",
        title="Recognition",
    )
    right = "yes" if posted == expected else f"NO: {posted}, must be {expected}"
    table.add_row(
        f"{given.lines:,}",
        f"{found['seconds']:.1f}",
        f"{found['cpu']:.1f}",
        f"{found['peak_mb']:.0f}",
        str(found["entries"]),
        right,
    )
    console.print(table)
    if posted != expected:
        sys.exit(1)


if __name__ == "__main__":
    main()
