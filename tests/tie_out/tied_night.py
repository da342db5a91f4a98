"""One source and its books: billing in PostgreSQL, nights read and accounted, and its tie-out in a few words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import psycopg.conninfo
import pyarrow as pa
import pyarrow.parquet as pq

from include.adapters.billing.postgres import PostgresBilling
from include.config.load import load_configuration
from include.evidence.store import EvidenceStore
from include.finance.tie_out import TieOutRow, TieOutStatus
from include.pipelines.account import AccountingDesk, account_attempt
from include.pipelines.extract import Extracted, extract_source
from include.pipelines.tie_out_desk import SourceDesk
from include.pipelines.tie_out_source import tie_out_source
from include.ports.billing import BillingSource, Cell, Reading, SourcePosition
from include.store.database import FinanceDatabase
from tests.integration.billing_world import BillingWorld

SHIPPED = load_configuration()
FIRST = datetime(2026, 2, 1, 6, tzinfo=UTC)
# What a billing system does by its own path, document by document; here once, from its tables as they are.
_TOTALS = """
delete from billing.control_totals;
insert into billing.control_totals
select coalesce(e.code, 'UNASSIGNED'), d.kind, d.day, d.currency, count(*), sum(d.total), 0, now()
from (
    select 'invoice' as kind, legal_entity_id, issue_date as day, currency, total_minor as total from billing.invoices where deleted_at is null
    union all
    select 'credit_memo', legal_entity_id, issue_date, currency, total_minor from billing.credit_notes where deleted_at is null
    union all
    select 'payment', p.legal_entity_id, (p.received_at at time zone e.time_zone)::date, p.currency, p.amount_minor
    from billing.payments as p join billing.legal_entities as e on e.id = p.legal_entity_id where p.deleted_at is null
    union all
    select 'refund', p.legal_entity_id, r.refund_date, r.currency, r.amount_minor
    from billing.refunds as r join billing.payments as p on p.id = r.payment_id where r.deleted_at is null
) as d
left join billing.legal_entities as e on e.id = d.legal_entity_id
group by 1, 2, 3, 4
"""


@dataclass(frozen=True)
class Losing:
    """A reader that loses rows on the way: `keeps` says which rows of which dataset arrive."""

    source: BillingSource
    keeps: Callable[[str, dict[str, Any]], bool]

    def position(self) -> SourcePosition:
        return self.source.position()

    def cell_documents(self, cell: Cell, since_horizon: int = 0) -> pa.Table:
        return self.source.cell_documents(cell, since_horizon)

    @contextmanager
    def read(self, *arguments: Any) -> Iterator[Reading]:
        with self.source.read(*arguments) as reading:

            def stream(name: str) -> Iterator[pa.RecordBatch]:
                for batch in reading.datasets[name]():
                    kept = [self.keeps(name, row) for row in batch.to_pylist()]
                    yield batch.filter(pa.array(kept))

            yield replace(reading, datasets={name: lambda name=name: stream(name) for name in reading.datasets})


@dataclass
class TiedNight:
    """Nights are a day apart, the first in the morning of 1 February 2026."""

    world: BillingWorld
    finance: FinanceDatabase
    folder: Path
    nights: int = 0

    @cached_property
    def source(self) -> BillingSource:
        return PostgresBilling(self.world.reader_dsn, "billing_db")

    @cached_property
    def evidence(self) -> EvidenceStore:
        return EvidenceStore(str(self.folder / "evidence"), self.folder / "scratch")

    @property
    def instant(self) -> datetime:
        """Of the last night that was run."""
        return FIRST + timedelta(days=self.nights - 1)

    def keep_totals(self) -> None:
        """Billing brings its control totals up to date."""
        self.world.change(_TOTALS)

    def run(self, source: BillingSource | None = None, **given: Any) -> None:
        """One night: read and accounted."""
        (self.folder / "scratch").mkdir(exist_ok=True)
        self.nights += 1
        landed = extract_source(
            source or self.source, "billing", "main", self.instant, "night", self.finance, self.evidence, **given
        )
        assert isinstance(landed, Extracted)
        desk = AccountingDesk(self.finance, self.evidence, SHIPPED, "test", self.folder / "scratch", 1000)
        account_attempt(desk, landed.attempt_id)

    def tie_out(self) -> list[TieOutRow]:
        """Tie out hops 1 to 3."""
        configuration = replace(SHIPPED, sources={"billing": replace(SHIPPED.sources["billing"], tenant="main")})
        desk = SourceDesk(self.finance, self.evidence, configuration, "billing", lambda: self.source)
        return tie_out_source(desk, self.instant, "test")

    def ask(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        with self.finance.transaction() as connection:
            return connection.execute(query, parameters).fetchall()  # type: ignore[arg-type]

    @contextmanager
    def rewritten(self, dataset: str, query: str, *, is_forged: bool) -> Iterator[None]:
        """The one file of the last batch that `query` over `stored` changes, changed; forged: the manifest says so too."""
        [batch] = self.ask("select batch_no, manifest from batch order by batch_no desc limit 1")
        manifest = json.dumps(batch["manifest"])
        [(file, path, kept)] = [
            (file, path, kept)
            for file in batch["manifest"]
            if file["dataset"] == dataset
            for path in [self.folder / "evidence" / file["path"]]
            for stored in [pq.read_table(path)]
            for kept in [_queried(stored, query)]
            if not kept.equals(stored)
        ]
        before = path.read_bytes()
        path.chmod(0o600)
        pq.write_table(kept, path)
        if is_forged:
            after = path.read_bytes()
            file |= {"bytes": len(after), "rows": kept.num_rows, "sha256": hashlib.sha256(after).hexdigest()}
        statement = "update tieout.batch set manifest = %s where batch_no = %s"
        self.as_owner(statement, json.dumps(batch["manifest"]), batch["batch_no"])
        yield
        path.write_bytes(before)
        self.as_owner(statement, manifest, batch["batch_no"])

    def as_owner(self, statement: str, *parameters: Any) -> None:
        """Change what the application itself has no right to change."""
        name = psycopg.conninfo.conninfo_to_dict(self.finance.dsn)["dbname"]
        with self.world._postgres.connect("finance_owner", str(name)) as connection:
            connection.execute(statement, parameters or None)  # type: ignore[call-overload]


def _queried(stored: pa.Table, query: str) -> pa.Table:
    with duckdb.connect(config={"arrow_lossless_conversion": True}) as connection:  # a UUID stays one
        connection.register("stored", stored)
        return connection.sql(query).to_arrow_table().cast(stored.schema)


def different(rows: list[TieOutRow]) -> dict[tuple[int, str], list[TieOutRow]]:
    """The rows that differ, by hop and check."""
    found: dict[tuple[int, str], list[TieOutRow]] = {}
    for row in rows:
        if row.status is TieOutStatus.DIFFERENT:
            found.setdefault((row.hop, row.check_name), []).append(row)
    return found
