"""A real night over a billing database that keeps nothing out: no keys, no required columns, text without a length."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from include.app import App, EnvironmentConnections
from include.config.load import load_configuration
from include.evidence.manifest import manifest_from_json
from include.pipelines import night as nights
from include.pipelines.plan import Night
from include.sample.postgres import EmbeddedPostgres
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
_OPEN_YEARS = """
insert into erp_period (erp_code, legal_entity_code, period_name, fiscal_year, start_date, end_date, state)
select 'tryton', code, year, year, (year || '-01-01')::date, (year || '-12-31')::date, 'open'
from unnest(array['US', 'UK', 'DE', 'JP']) as code, unnest(array['2025', '2026', '2027']) as year
"""


@dataclass(frozen=True)
class Exception_:
    """An open exception of a document."""

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
    entity_rows: Rows = field(default_factory=list)

    def make(self) -> None:
        """The billing database with what is the same for all documents."""
        with self.postgres.connect("billing_owner", self.billing) as owner:
            owner.execute(SCHEMA.read_text(encoding="utf-8"))
            owner.execute(_LET_IN)
        self.postgres.grant_reading(self.billing, "billing_owner", "billing_reader", "billing")
        with self.app.finance().transaction() as connection:
            connection.execute(_OPEN_YEARS)
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

    def run(self, instant: datetime = INSTANT) -> Night:
        """Extract, validate, account, recognise and tie out, as the DAG does."""
        night = Night(instant, False, False, ("billing",), tuple(self.app.configuration.legal_entities))  # noqa: FBT003
        landed = nights.extract(self.app, "billing", night)
        assert landed.attempt_id
        nights.validate(self.app, landed.attempt_id)
        nights.account(self.app, landed.attempt_id)
        nights.recognise(self.app, "billing", night)
        nights.tie_out_source(self.app, "billing", night, "test")
        nights.sort_exceptions(self.app, night)
        return night

    def exceptions(self) -> dict[str, list[Exception_]]:
        """The open exceptions by the id of their document."""
        found: dict[str, list[Exception_]] = {}
        for row in self.ask("select * from exception where state = 'open' order by cause"):
            told = {name: row[name] for name in ("category", "severity", "owner", "suggested_fix", "message")}
            found.setdefault(row["subject_id"], []).append(Exception_(row["cause"].rsplit("|", 1)[1], **told))
        return found

    def decisions(self) -> list[dict[str, Any]]:
        """What became of each document, a row for each that was read."""
        manifest = self.ask("select manifest from batch where kind = 'night'")[0]["manifest"]
        files = [file for file in manifest_from_json(manifest) if file.dataset == "decisions"]
        import pyarrow.parquet as pq

        return [row for path in self.app.evidence().fetch(files) for row in pq.read_table(path).to_pylist()]

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


__all__ = ["INSTANT", "Exception_", "OpenBilling", "psycopg"]
