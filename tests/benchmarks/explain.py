"""How long an explanation takes with many documents on file, and a trial of rules over their month: `make bench-explain`.

Fills a billing database, runs one night of it with its recognition, and then asks: for the entry with the most documents, for one
line of it, for documents by type and id and by number. Times are of the questions, imports apart, the first one cold. The CPU's
seconds, all threads together, say what a question costs where others are at work on the machine.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from include.app import App, app_from_environment
from include.config.configuration import Configuration
from include.config.kept import load_kept
from include.pipelines.explain import ExplainDesk, explain_document, explain_entry
from include.pipelines.recognise import recognise_source
from include.pipelines.whatif import what_if
from include.sample.folders import HOME
from tests.benchmarks.night import NIGHTS, Bench, BenchError, own_postgres

_ENTRY = "select reference, document_count from journal_entry order by document_count desc, reference limit 1"
_DOCUMENTS = """
select document_uid::text as uid
from document_register
where document_uid > md5('bench')::uuid
order by document_uid
limit 20
"""


def ask(app: App, query: str) -> list[dict[str, Any]]:
    """Rows of the finance database."""
    with app.finance().transaction() as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]


def timed(table: Table, title: str, question: Callable[[], Any], repeated: int = 5) -> Any:
    """Ask several times; the first and the median time, and the CPU's of the median question."""
    times, answer = [], None
    for _ in range(repeated):
        started, busy = time.perf_counter(), time.process_time()
        answer = question()
        times.append((time.perf_counter() - started, time.process_time() - busy))
    median, cpu = sorted(times)[len(times) // 2]
    table.add_row(title, f"{times[0][0]:.2f}", f"{median:.2f}", f"{cpu:.2f}")
    return answer


def elsewhere(configuration: Configuration) -> Configuration:
    """Every invoice is changed: its tax stands on the account of another role."""
    roles = configuration.charts["default"].roles
    file = "chart_of_accounts/default.yaml"
    old, new = (f'  tax_payable: "{roles[name]}"' for name in ("tax_payable", "deferred_revenue"))
    text = configuration.files[file]
    if old not in text:
        raise BenchError(f"{file} does not say{old}: there is nothing to try out")
    return load_kept({**configuration.files, file: text.replace(old, new)})


def measure(app: App, console: Console, *, with_rules: bool) -> None:
    """The questions, and what they took."""
    desk = ExplainDesk(app.finance(), app.evidence(), app.configuration)
    [entry] = ask(app, _ENTRY)
    uids = [row["uid"] for row in ask(app, _DOCUMENTS)]
    table = Table("question", "first, s", "median, s", "CPU, s", title="Explaining")
    timed(table, f"entry with {entry['document_count']:,} documents", lambda: explain_entry(desk, entry["reference"]))
    timed(table, "its first line", lambda: explain_entry(desk, f"{entry['reference']}:1"))
    told = timed(table, "a document by uid", lambda: explain_document(desk, uids[0]))
    timed(
        table,
        "20 documents, one after the other",
        lambda: [explain_document(desk, uid) for uid in uids],
        repeated=1,
    )
    timed(table, "a document by type and id", lambda: explain_document(desk, f"{told.document_type}:{told.native_id}"))
    if told.number:
        timed(
            table, "a document by number (reads every night)", lambda: explain_document(desk, told.number), repeated=1
        )
    if with_rules:
        for title, rules in (
            ("the same rules", app.configuration),
            ("another account for tax", elsewhere(app.configuration)),
        ):
            month = partial(what_if, app.accounting_desk(), rules, "2026-01", "2026-01")
            found = timed(table, f"what if, over January 2026: {title}", month, repeated=1)
            console.print(f"With {title} {found.read_count:,} documents were read; {found.changed_count:,} differ.")
    console.print(table)


def main() -> None:
    """Fill, run a night, ask, and clear up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=1_000_000)
    parser.add_argument("--entities", type=int, default=50)
    parser.add_argument("--no-rules", action="store_true", help="leave out the trial of rules")
    given = parser.parse_args()
    console, state = Console(width=140), Path(HOME / "bench-explain")
    with own_postgres(state) as postgres:
        bench = Bench(state, postgres, given.invoices, given.entities)
        bench.prepare()
        landed = bench.measure("extract", NIGHTS[0])
        for stage in ("validate", "account"):
            console.print(f"{stage}: {bench.measure(stage, landed['attempt'])['seconds']:.0f} s")
        os.environ.update(bench.environment)
        app = app_from_environment()
        [source] = app.configuration.sources
        done = recognise_source(app.accounting_desk(), source, datetime.fromisoformat(NIGHTS[0]))
        console.print(f"recognise: {done.line_count:,} lines")
        measure(app, console, with_rules=not given.no_rules)
        bench.clear()


if __name__ == "__main__":
    main()
