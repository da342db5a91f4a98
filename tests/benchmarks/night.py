"""How fast a night is, beside the least that anybody would need: `make bench SCALE=1000000`.

Fills a billing database by SQL, then runs each stage in a process of its own, outside the scheduler, and the floor of
the same rows in the same run. It compares the journal entries with the source's own sums: a night that is fast by being
wrong fails.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import yaml
from rich.console import Console
from rich.table import Table

from include.sample import company
from include.sample.folders import HOME
from include.sample.postgres import EmbeddedPostgres
from include.store.migrate import migrate
from tests.benchmarks import posting

FOLDER = Path(__file__).parent
SHIPPED = FOLDER.parents[1] / "include" / "config"
CURRENCIES = ("USD", "GBP", "EUR", "JPY")
ZONES = ("America/New_York", "Europe/London", "Europe/Berlin", "Asia/Tokyo")
NIGHTS = ("2026-02-01T06:00:00+00:00", "2026-02-02T06:00:00+00:00")
STAGES = ("extract", "validate", "account")
FLOORS = ("floor_extract", "floor_sums", "floor_register")
TITLES = {
    "extract": "extract",
    "validate": "validate",
    "account": "account, to committed entries",
    "floor_extract": "floor: every table read, ADBC to Parquet",
    "floor_sums": "floor: the same sums in DuckDB",
    "floor_register": "floor: one COPY of the register rows",
}
Measured = dict[str, Any]
_PERIODS = """
insert into tieout.erp_period (erp_code, legal_entity_code, period_name, fiscal_year, start_date, end_date, state)
select 'tryton', 'E' || to_char(n, 'FM00'), to_char(m, 'YYYY-MM'), to_char(m, 'YYYY'), m::date,
    (m + interval '1 month' - interval '1 day')::date, 'open'
from generate_series(1, %s) as n, generate_series(timestamp '2025-01-01', timestamp '2026-12-01', interval '1 month') as m
"""


class BenchError(RuntimeError):
    """A stage failed, or the books are not what billing says: there is nothing to measure."""


@dataclass
class Bench:
    """One benchmark: databases and folders of its own below `state`, removed at its end."""

    state: Path
    postgres: EmbeddedPostgres
    invoices: int
    entities: int
    results: dict[str, Measured] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What a stage's process needs to know."""
        return {
            **os.environ,
            "AIRFLOW_CONN_FINANCE_DB": self.postgres.airflow_connection("finance_writer", "bench_finance"),
            "AIRFLOW_CONN_BILLING_DB": self.postgres.airflow_connection("billing_reader", "bench_billing"),
            "BENCH_BILLING": self.postgres.dsn("billing_reader", "bench_billing"),
            "BENCH_FINANCE_OWNER": self.postgres.dsn("finance_owner", "bench_finance"),
            "TIEOUT_CONFIG": str(self.state / "config"),
            "TIEOUT_EVIDENCE": str(self.state / "evidence"),
            "TIEOUT_SCRATCH": str(self.state / "scratch"),
        }

    def prepare(self) -> None:
        """Fill billing and make an empty finance database whose ERP has every month open."""
        self.clear()
        for name, owner in (("bench_billing", "billing_owner"), ("bench_finance", "finance_owner")):
            self.postgres.create_database(name, owner)
        company.create_billing_schema(self.postgres.dsn("billing_owner", "bench_billing"))
        with self.postgres.admin("bench_billing") as connection:
            with connection.transaction():
                connection.execute("select set_config('bench.invoices', %s, true)", (str(self.invoices),))
                connection.execute("select set_config('bench.entities', %s, true)", (str(self.entities),))
                connection.execute((FOLDER / "volume.sql").read_bytes())
            connection.execute("vacuum analyze")
            connection.execute("checkpoint")
        migrate(self.postgres.dsn("finance_owner", "bench_finance"))
        with psycopg.connect(self.postgres.dsn("finance_owner", "bench_finance")) as connection:
            connection.execute(_PERIODS, (self.entities,))
        write_configuration(self.state / "config", self.entities)

    def measure(self, stage: str, argument: str, name: str = "") -> Measured:
        """Run one stage in a process of its own and keep what it took under `name`."""
        result = self.state / f"{name or stage}.json"
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.stage", stage, str(result), argument],
            env=self.environment,
            check=False,
        )
        if done.returncode:
            raise BenchError(f"Stage {stage} failed with status {done.returncode}; its own words stand above.")
        found: Measured = json.loads(result.read_text(encoding="utf-8"))
        found["wall"] = time.perf_counter() - started
        self.results[name or stage] = found
        return found

    def require_right_books(self) -> int:
        """Compare the journal with billing's own sums, per legal entity, currency and account; the gross debit."""
        expected = self._ask("bench_billing", "expected_ledger.sql")
        if self._ask("bench_finance", "posted_ledger.sql") != expected:
            raise BenchError("The journal entries do not come to the sums of billing: see expected_ledger.sql.")
        floor = [tuple(row) for row in self.results["floor_sums"].pop("ledger")]
        if floor != expected:
            raise BenchError("The floor's own sums do not come to those of billing: it measures something else.")
        return sum(net for *_, net in expected if net > 0)

    def clear(self) -> None:
        """Remove what a benchmark leaves."""
        for name in ("bench_billing", "bench_finance"):
            self.postgres.drop_database(name)
        for folder in ("evidence", "scratch", "config", "floor"):
            shutil.rmtree(self.state / folder, ignore_errors=True)

    def _ask(self, database: str, file: str) -> list[tuple[Any, ...]]:
        with self.postgres.admin(database) as connection:
            return connection.execute((FOLDER / file).read_bytes()).fetchall()


def write_configuration(folder: Path, entities: int) -> None:
    """The shipped configuration with as many legal entities as the benchmark has."""
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    shipped = yaml.safe_load((folder / "legal_entities.yaml").read_text(encoding="utf-8"))["US"]
    numbers = range(1, entities + 1)
    known = {
        f"E{n:02}": shipped
        | {"name": f"Entity {n}", "functional_currency": CURRENCIES[n % 4], "time_zone": ZONES[n % 4]}
        for n in numbers
    }
    (folder / "legal_entities.yaml").write_text(json.dumps(known), encoding="utf-8")
    erps = yaml.safe_load((folder / "erps.yaml").read_text(encoding="utf-8"))
    erps["tryton"]["companies"] = {f"E{n:02}": f"Entity {n}" for n in numbers}
    (folder / "erps.yaml").write_text(json.dumps(erps), encoding="utf-8")
    shutil.rmtree(folder / "close_calendars")


def measure_night(bench: Bench) -> None:
    """A full night between two measures of its floor, and a night with nothing new."""
    before = _measure_floor(bench)
    landed = bench.measure("extract", NIGHTS[0])
    bench.measure("validate", landed["attempt"])
    bench.measure("account", landed["attempt"])
    after = _measure_floor(bench)
    for stage in FLOORS:
        # A machine is not equally fast all the time: the floor is the mean of what it was on both sides of the night.
        both = [each[stage]["seconds"] for each in (before, after)]
        bench.results[stage] |= {"seconds": sum(both) / len(both), "measured": both}
    bench.results["checked"] = {"gross_minor": bench.require_right_books()}
    landed = bench.measure("extract", NIGHTS[1], "nothing_new_extract")
    if landed["rows"]:
        raise BenchError(f"The second night read {landed['rows']} rows although nothing changed.")
    bench.measure("validate", landed["attempt"], "nothing_new_validate")
    bench.measure("account", landed["attempt"], "nothing_new_account")


def _measure_floor(bench: Bench) -> dict[str, Measured]:
    folder = str(bench.state / "floor")
    return {stage: dict(bench.measure(stage, folder)) for stage in FLOORS}


def show(results: Mapping[str, Measured], invoices: int) -> Iterator[Table]:
    """The tables a person reads."""
    table = Table(
        "stage", "seconds", "rows", "rows/s", "peak MB", "start and imports", title=f"A night of {invoices:,} invoices"
    )
    for name in (*STAGES, *FLOORS):
        table.add_row(*_cells(TITLES[name], results[name]))
    ours, floor = (sum(results[name]["seconds"] for name in names) for names in (STAGES, FLOORS))
    nothing = sum(results[f"nothing_new_{name}"]["seconds"] for name in STAGES)
    for title, seconds in (("all stages", ours), ("all floors", floor), ("a night with nothing new", nothing)):
        table.add_row(f"[bold]{title}[/bold]", f"{seconds:.2f}", "", "", "", "")
    yield table
    targets = Table("target", "wanted", "found", title="Targets")
    peak = max(results[name]["peak_mb"] for name in STAGES)
    targets.add_row("all stages / all floors", "<= 4, then 3", f"{ours / floor:.2f}")
    targets.add_row("peak memory of a stage", "<= 1536 MB", f"{peak:.0f} MB")
    targets.add_row("nothing new / full night", "<= 10 %", f"{100 * nothing / ours:.1f} %")
    if "posting" in results:
        targets.add_row("posting / bare loop", ">= 0.8", f"{results['posting']['ratio']:.2f}")
    targets.add_row("journal entries come to billing's sums", "to the cent", "yes")
    yield targets


def _cells(title: str, found: Measured) -> list[str]:
    rows, seconds = found["rows"], found["seconds"]
    return [
        title,
        f"{seconds:.2f}",
        f"{rows:,}",
        f"{rows / seconds:,.0f}",
        f"{found['peak_mb']:.0f}",
        f"{found['imports']:.1f}",
    ]


@contextmanager
def own_postgres(state: Path) -> Iterator[EmbeddedPostgres]:
    """A server for one benchmark, ended with it."""
    state.mkdir(parents=True, exist_ok=True)
    postgres = EmbeddedPostgres(state)
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.stop()


def main() -> None:
    """Measure, show, and write the results as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=1_000_000)
    parser.add_argument("--entities", type=int, default=50)
    parser.add_argument("--no-posting", action="store_true", help="leave out the part that needs the ERP")
    parser.add_argument("--keep", action="store_true", help="leave databases and evidence to look at")
    given = parser.parse_args()
    console = Console(width=140)
    state = HOME / "bench"
    with own_postgres(state) as postgres:
        bench = Bench(state, postgres, given.invoices, given.entities)
        console.print(f"Filling a billing database with {given.invoices:,} invoices ...")
        started = time.perf_counter()
        bench.prepare()
        console.print(f"Filled in {time.perf_counter() - started:.0f} s; now the night.")
        measure_night(bench)
        if not given.keep:
            bench.clear()
    if not given.no_posting:
        bench.results["posting"] = posting.measure(console)
    for table in show(bench.results, given.invoices):
        console.print(table)
    written = state / f"result-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    written.write_text(
        json.dumps({"invoices": given.invoices, "entities": given.entities, "results": bench.results}, indent=1) + "\n",
        encoding="utf-8",
    )
    console.print(f"Written to {written}")


if __name__ == "__main__":
    main()
