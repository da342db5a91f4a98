"""A real night over a billing database that keeps nothing out: no keys, no required columns, text without a length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import duckdb
from psycopg import sql

from include.app import App, EnvironmentConnections
from include.config.load import load_configuration
from include.evidence.manifest import manifest_from_json
from include.pipelines import night as nights
from include.pipelines.plan import Night
from include.sample.postgres import EmbeddedPostgres
from tests.accounting.company import open_periods
from tests.integration.billing_world import SCHEMA
from tests.malformed.families import Row, Rows, named
from tests.malformed.mutations import Raw

INSTANT = datetime(2026, 2, 1, 12, tzinfo=UTC)
_LET_IN = """
do $$
declare c record;
begin
    for c in select conrelid::regclass as t, conname from pg_constraint
             where connamespace = 'billing'::regnamespace and contype in ('f', 'u', 'c', 'p') order by contype = 'p' loop
        execute format('alter table %s drop constraint %I cascade', c.t, c.conname);
    end loop;
    for c in select table_name, column_name, data_type from information_schema.columns where table_schema = 'billing' loop
        execute format('alter table billing.%I alter column %I drop not null', c.table_name, c.column_name);
        if c.data_type = 'character' then
            execute format('alter table billing.%I alter column %I type text', c.table_name, c.column_name);
        elsif c.data_type = 'numeric' then
            execute format('alter table billing.%I alter column %I type numeric', c.table_name, c.column_name);
        end if;
    end loop;
end $$;
drop table billing.control_totals;
"""


_BOOKED = """
select d.native_id, s.account_code, sum(s.amount_minor)::bigint
from subledger_entries as s
join bookings as b on b.booking_id = s.booking_id
join decisions as d on d.document_uid = b.document_uid
group by d.native_id, s.account_code
having sum(s.amount_minor) <> 0
"""


@dataclass(frozen=True)
class OpenException:
    """An open exception of a document, as a person sees it."""

    rule: str
    category: str
    severity: str
    owner: str
    suggested_fix: str
    message: str


@dataclass
class OpenBilling:
    """A billing database without constraints, a finance database and evidence, for one night."""

    postgres: EmbeddedPostgres
    billing: str
    finance: str
    folder: Path

    def make(self) -> None:
        """The billing database with what is the same for all documents."""
        with self.postgres.connect("billing_owner", self.billing) as owner:
            owner.execute(SCHEMA.read_text(encoding="utf-8"))
            owner.execute(_LET_IN)
        self.postgres.grant_reading(self.billing, "billing_owner", "billing_reader", "billing")
        open_periods(self.app.finance())
        self.write(_master_data())

    def write(self, rows: Iterable[tuple[str, Row]]) -> None:
        """Commit rows of billing's."""

        def shape(each: tuple[str, Row]) -> tuple[str, tuple[str, ...]]:
            return each[0], tuple(each[1])

        with self.postgres.connect("billing_owner", self.billing) as owner, owner.cursor() as cursor:
            for (table, columns), found in groupby(sorted(rows, key=shape), key=shape):
                statement = sql.SQL("insert into {} ({}) values ({})").format(
                    sql.Identifier("billing", table),
                    sql.SQL(", ").join(map(sql.Identifier, columns)),
                    sql.SQL(", ").join(sql.Placeholder() * len(columns)),
                )
                # All as text, so that PostgreSQL reads what Python has no value for.
                cursor.executemany(statement, [[_text(row[name]) for name in columns] for _, row in found])

    def run(self) -> None:
        """Extract, validate, account, recognise and tie out, as the DAG does. Raises what a stage raises."""
        night = Night(INSTANT, False, False, ("billing",), tuple(self.app.configuration.legal_entities))  # noqa: FBT003
        landed = nights.extract(self.app, "billing", night)
        assert landed.attempt_id
        nights.validate(self.app, landed.attempt_id)
        nights.account(self.app, landed.attempt_id)
        nights.recognise(self.app, "billing", night)
        nights.tie_out_source(self.app, "billing", night, "test")
        nights.sort_exceptions(self.app, night)

    def exceptions(self) -> dict[str, list[OpenException]]:
        """The open exceptions by the id of their document."""
        found: dict[str, list[OpenException]] = {}
        for row in self.ask("select * from exception where state = 'open' order by cause"):
            told = {name: row[name] for name in ("category", "severity", "owner", "suggested_fix", "message")}
            found.setdefault(row["subject_id"], []).append(OpenException(row["cause"].rsplit("|", 1)[1], **told))
        return found

    def outcomes(self) -> list[tuple[str, str, str]]:
        """What became of each document, a row for each that was decided: its id, outcome and reason."""
        return self._evidence("select native_id, outcome, coalesce(reason, '') from decisions")

    def booked(self) -> dict[str, dict[str, int]]:
        """What was booked of each document on each account, in minor units of its currency."""
        found: dict[str, dict[str, int]] = {}
        for name, account, minor in self._evidence(_BOOKED):
            found.setdefault(name, {})[account] = minor
        return found

    def _evidence(self, query: str) -> list[tuple[Any, ...]]:
        files = [
            file
            for row in self.ask("select manifest from batch where kind = 'night'")
            for file in manifest_from_json(row["manifest"])
        ]
        evidence = self.app.evidence()
        with duckdb.connect() as connection:
            for dataset in ("decisions", "bookings", "subledger_entries"):
                paths = evidence.fetch([file for file in files if file.dataset == dataset])
                connection.read_parquet(paths).create_view(dataset)
            return connection.execute(query).fetchall()

    def ask(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """Rows of the finance database."""
        with self.app.finance().transaction() as connection:
            return connection.execute(query, parameters or None).fetchall()  # type: ignore[call-overload, no-any-return]

    @cached_property
    def app(self) -> App:
        """The application on these databases; no ERP is asked."""
        connections = EnvironmentConnections(
            {
                "AIRFLOW_CONN_FINANCE_DB": self.postgres.airflow_connection("finance_writer", self.finance),
                "AIRFLOW_CONN_BILLING_DB": self.postgres.airflow_connection("billing_reader", self.billing),
            }
        )
        return App(load_configuration(), connections, str(self.folder / "evidence"), self.folder / "scratch")


@contextmanager
def open_books(postgres: EmbeddedPostgres, finance_template: str, folder: Path) -> Iterator[OpenBilling]:
    """Databases of one test's own."""
    mark = uuid4().hex[:8]
    books = OpenBilling(postgres, f"billing_{mark}", f"finance_{mark}", folder)
    postgres.create_database(books.billing, "billing_owner")
    postgres.create_database(books.finance, "finance_owner", finance_template)
    with postgres.admin() as admin:
        admin.execute(sql.SQL("grant temporary on database {} to finance_writer").format(sql.Identifier(books.finance)))
    try:
        books.make()
        yield books
    finally:
        for name in (books.billing, books.finance):
            postgres.drop_database(name)


def _master_data() -> Rows:
    entities = (("US", "USD", "America/New_York"), ("UK", "GBP", "Europe/London"))
    rows: Rows = []
    for code, currency, zone in entities:
        entity = {"id": named(code), "code": code, "name": code, "country": code}
        rows.append(("legal_entities", entity | {"base_currency": currency, "time_zone": zone}))
        customer = {"id": named(f"C-{code}"), "external_id": f"C-{code}", "legal_entity_id": named(code), "name": "C"}
        rows.append(("customers", customer))
    for sku, treatment, method in (("PLAN", "ratable", "daily"), ("SETUP", "immediate", None)):
        product = {"id": named(sku), "sku": sku, "name": sku, "product_line": "platform"}
        rows.append(("products", product | {"revenue_treatment": treatment, "recognition_method": method}))
    return rows


def _text(value: Any) -> Any:
    if isinstance(value, Raw):
        return value.text
    return str(value) if isinstance(value, UUID) else value
