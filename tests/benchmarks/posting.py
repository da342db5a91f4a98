"""How fast entries reach the ERP, against a bare loop that only creates, releases and reads back: the last part of `make bench`.

The bare loop is the floor: the same entries, the same ERP, the same calls, and nothing that makes them safe. Both run in
this process, one after the other, on copies of the same ERP database; only their ratio means something.
"""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from include.app import App, EnvironmentConnections
from include.config.load import load_configuration
from include.pipelines import night as nights
from include.pipelines.plan import Night
from include.pipelines.post import post_entity
from include.sample import company
from include.sample.exchange_rates import load_sample_rates
from include.sample.folders import HOME
from include.sample.postgres import EmbeddedPostgres
from include.sample.tryton import TrytonServer
from include.store.migrate import migrate

ENTITY = "UK"


def measure(console: Console) -> dict[str, float]:
    """Print and return entries per second of posting and of the bare loop, and their ratio."""
    state = HOME / "bench"
    state.mkdir(parents=True, exist_ok=True)
    postgres = EmbeddedPostgres(state)
    tryton = TrytonServer(state, postgres)
    postgres.start()
    try:
        tryton.ensure_template()
        tryton.start()
        return _measure(console, postgres, tryton, state)
    finally:
        tryton.stop()
        postgres.stop()


def _measure(console: Console, postgres: EmbeddedPostgres, tryton: TrytonServer, state: Path) -> dict[str, float]:
    suffix = f"{time.time_ns():x}"
    safe_books, bare_books = f"safe_{suffix}", f"bare_{suffix}"
    for name in (safe_books, bare_books):
        tryton.create_database(name)
    app = _accounted_night(postgres, tryton, state, suffix, safe_books)
    entity = app.configuration.legal_entities[ENTITY]
    with nights.postings(app).locked(entity.erp_code, entity.code) as journal:
        entries = [due.entry for due in journal.due_entries() if due.held_reason is None]

    bare = _app(postgres, tryton, state, suffix, bare_books).erp(entity.erp_code)
    bare.reference_data(entity)  # both have read the company's accounts and periods before the clock starts
    started = time.perf_counter()
    posted = [bare.release(entity, bare.create(entity, entry)) for entry in entries]
    bare.read_back_many(entity, posted)
    bare_seconds = time.perf_counter() - started

    safe = app.erp(entity.erp_code)
    safe.reference_data(entity)
    started = time.perf_counter()
    post_entity(safe, nights.postings(app), entity, entity.erp_code, company.NIGHTS[0].as_of, actor="bench")
    safe_seconds = time.perf_counter() - started

    table = Table("posting", "entries", "seconds", "entries/s", "ratio", title=f"Posting {ENTITY}, floor: bare loop")
    for name, seconds in (("bare loop", bare_seconds), ("Tieout", safe_seconds)):
        table.add_row(
            name,
            str(len(entries)),
            f"{seconds:.2f}",
            f"{len(entries) / seconds:.2f}",
            f"{bare_seconds / seconds:.2f}",
        )
    console.print(table)
    for name in (safe_books, bare_books):
        tryton.drop_database(name)
    return {
        "entries": len(entries),
        "seconds": safe_seconds,
        "bare_seconds": bare_seconds,
        "ratio": bare_seconds / safe_seconds,
    }


def _accounted_night(postgres: EmbeddedPostgres, tryton: TrytonServer, state: Path, suffix: str, books: str) -> App:
    for name, owner in ((f"billing_{suffix}", "billing_owner"), (f"finance_{suffix}", "finance_owner")):
        postgres.create_database(name, owner)
    owner_dsn = postgres.dsn("billing_owner", f"billing_{suffix}")
    company.create_billing_schema(owner_dsn)
    company.fill_night_one(owner_dsn)
    migrate(postgres.dsn("finance_owner", f"finance_{suffix}"))
    app = _app(postgres, tryton, state, suffix, books)
    load_sample_rates(app.finance())
    night = Night(
        company.NIGHTS[0].as_of,
        is_dry_run=False,
        is_full=False,
        sources=("billing",),
        legal_entities=tuple(app.configuration.legal_entities),
    )
    nights.prepare(app, night)
    landed = nights.extract(app, "billing", night)
    if landed.attempt_id is None:
        raise RuntimeError(landed.message)
    nights.account(app, landed.attempt_id)
    return app


def _app(postgres: EmbeddedPostgres, tryton: TrytonServer, state: Path, suffix: str, books: str) -> App:
    environment = {
        "AIRFLOW_CONN_FINANCE_DB": postgres.airflow_connection("finance_writer", f"finance_{suffix}"),
        "AIRFLOW_CONN_BILLING_DB": postgres.airflow_connection("billing_reader", f"billing_{suffix}"),
        "AIRFLOW_CONN_ERP_TRYTON": tryton.airflow_connection(books),
    }
    return App(load_configuration(), EnvironmentConnections(environment), str(state / "evidence"), state / "scratch")


if __name__ == "__main__":
    measure(Console())
