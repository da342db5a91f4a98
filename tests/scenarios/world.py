"""Nights of scenarios, run for real: billing in PostgreSQL, extract to post, the ERP; and what the books then hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa

from include.app import EnvironmentConnections
from include.config.configuration import Configuration
from include.config.currencies import CURRENCIES
from include.evidence.manifest import manifest_from_json
from include.finance.entity import LegalEntity
from include.finance.money import parse_minor
from include.pipelines import night as nights
from include.pipelines.fx_load import load_rates_of_file
from include.pipelines.plan import Night
from include.ports.erp import LedgerLine, LedgerState
from include.sample.postgres import EmbeddedPostgres
from include.sample.tryton import TrytonServer
from include.subledger.recognition import BOOKED
from tests.chaos.night_process import run
from tests.posting.logged_in_app import LoggedInApp
from tests.scenarios import by_hand
from tests.scenarios.differences import Cell, Worth, add_up
from tests.scenarios.policy import configured
from tests.scenarios.scenario import OPENING, ExpectedRow, NightShape, Scenario

CLOSED = 2025  # the year whose periods the sample company's ERP has closed
_ALWAYS = date(1970, 1, 1), date(2999, 12, 31)
# What Tieout writes on a line of the ERP: category, days, currency, the amount in it where the books have another, and counts.
_TEXT = re.compile(r"[a-z]+ [\d.-]+ (?P<currency>[A-Z]{3})(?: (?P<amount>-?[\d.]+))? \d+ (?:docs|lines|items) ")
_DECISIONS = pa.schema([("document_uid", pa.uuid()), ("native_id", pa.string())])
_DOCUMENTS = ("invoices", "credit_notes", "payments", "refunds", "disputes", "processor_fees", "payouts")
# The documents that this transaction of billing's has written.
_WRITTEN = " union all ".join(
    f"select id::text from billing.{table} where row_xid = pg_current_xact_id()" for table in _DOCUMENTS
)

_NEW_ENTITY = """
with named as (
    insert into shared_name select unnest(array[%(code)s::text, 'C-' || %(code)s]) on conflict do nothing returning name
),
added as (
    insert into billing.legal_entities (id, code, name, country, base_currency, time_zone)
    select md5(name)::uuid, name, %(name)s, 'XX', %(currency)s, %(zone)s from named where name = %(code)s
    returning id
)
insert into billing.customers (id, external_id, legal_entity_id, name)
select md5(n.name)::uuid, n.name, a.id, 'Customer of ' || %(name)s from named as n, added as a where n.name <> %(code)s
"""


@dataclass(frozen=True)
class Place:
    """The names of a world's three databases, and a folder for its evidence."""

    billing: str
    finance: str
    erp: str
    folder: Path


@dataclass(frozen=True)
class World:
    """Scenarios that share their nights: one billing database, one finance database, one ERP."""

    scenarios: tuple[Scenario, ...]
    postgres: EmbeddedPostgres
    tryton: TrytonServer
    place: Place
    # Which scenario wrote a document, by the document's id.
    writers: dict[str, str] = field(default_factory=dict)
    # What PostgreSQL said of a scenario's rows that it did not take.
    refused: dict[str, str] = field(default_factory=dict)

    # The nights

    def run(self) -> list[str]:
        """Run all nights; what went wrong with them."""
        self._add_entities()
        self._open_books()
        for scenario in self.scenarios:
            if scenario.fx_file:
                load_rates_of_file(self.app.finance(), scenario.fx_file, loaded_by="test")
        return [fault for night in self.one.policy.nights for fault in self._run(night)]

    def _open_books(self) -> None:
        """What stood in the ERP before Tieout came: entered by a person, in years that are closed as well."""
        rows = [row for scenario in self.scenarios for row in scenario.opening]
        closed = sorted(
            {(row.legal_entity, f"{row.posting_date:%Y-%m}") for row in rows if row.posting_date.year == CLOSED}
        )
        for entity, period in closed:
            self.tryton.reopen_period(self.place.erp, entity, period)
        by_hand.enter(self.tryton, self.place.erp, rows, self.configuration)
        for entity, period in closed:
            self.tryton.close_period(self.place.erp, entity, period)

    def _run(self, night: NightShape) -> list[str]:
        self.write(night)
        self._between_nights(night)
        planned = Night(night.as_of, False, False, tuple(self.configuration.sources), tuple(self.entities))  # noqa: FBT003
        errors = run(self.app, planned, ["account"], [])
        # Only whose journals move: looking at all the others takes longer than the night.
        busy = sorted(nights.open_entries(self.app))
        errors = errors or run(self.app, planned, ["post", "verdict"], busy)
        return [f"Night of {night.morning}: {type(error).__name__}: {error}" for error in errors]

    def write(self, night: NightShape) -> None:
        """What the billing of all scenarios writes before a night; rows that cannot be written fail their scenario alone."""
        for scenario in self.scenarios:
            try:
                self._write(scenario, night)
            except psycopg.Error as error:
                self.refused[scenario.name] = f"billing.sql, before the night of {night.morning}: {error}"

    def _add_entities(self) -> None:
        """Billing's own rows of the legal entities that the policies add, and a customer of each."""
        added = {row.code: row for row in self.entities.values() if row.code in self.one.policy.legal_entities}
        with self.postgres.connect("billing_owner", self.place.billing) as billing:
            for code, entity in added.items():
                zone, currency = str(entity.time_zone), entity.functional_currency.code
                billing.execute(_NEW_ENTITY, {"code": code, "name": entity.name, "currency": currency, "zone": zone})

    def _write(self, scenario: Scenario, night: NightShape) -> None:
        """Commit what a scenario's billing writes before a night, and note whose documents these are."""
        with self.postgres.connect("billing_owner", self.place.billing) as billing:
            billing.execute("select set_config('scenario.name', %s, false)", (scenario.name,))
            billing.execute(scenario.billing[night.morning].encode())
            for (document,) in billing.execute(_WRITTEN).fetchall():
                writer = self.writers.setdefault(document, scenario.name)
                assert writer == scenario.name, f"{scenario.name} writes a document of {writer}; use id('...')"

    def _between_nights(self, night: NightShape) -> None:
        """What people do in the ERP before it."""
        by_hand.enter(self.tryton, self.place.erp, self._foreign(night), self.configuration)
        for act, periods in ((self.tryton.close_period, night.close), (self.tryton.reopen_period, night.reopen)):
            for entity, names in periods.items():
                for name in names:
                    act(self.place.erp, entity, name)

    def _foreign(self, night: NightShape) -> list[ExpectedRow]:
        """The rows that others enter before it: those dated since the night before, before the last night also later ones."""
        mornings = [each.morning for each in self.one.policy.nights]
        since = max((each for each in mornings if each < night.morning), default=date.min)
        until = date.max if night.morning == mornings[-1] else night.morning
        return [row for row in self.expected if row.source not in ("", OPENING) and since <= row.posting_date < until]

    # What it came to

    @property
    def expected(self) -> list[ExpectedRow]:
        """What all scenarios of this world expect, with what stood there before."""
        return [row for scenario in self.scenarios for row in (*scenario.opening, *scenario.expected)]

    def posted(self) -> dict[Cell, Worth]:
        """Our entries in the ERP, as it gives them back, by day, account and currency of the documents."""
        return add_up(self._posted())

    def _posted(self) -> Iterator[tuple[Cell, Worth]]:
        erp = self.app.erp("tryton")
        for entity in self.entities.values():
            found = [each for listed in erp.references(entity, _ALWAYS[0]).values() for each in listed]
            for entry in erp.read_back_many(entity, [each for each in found if each.state is LedgerState.POSTED]):
                for line in entry.lines:
                    currency, worth = _told(entity, line)
                    yield Cell(entity.code, str(entry.header.posting_date), "", line.account_code, currency), worth

    def balances(self) -> dict[tuple[str, str], int]:
        """What stands on each account of the ERP, whoever entered it, in the books' own currency."""
        erp = self.app.erp("tryton")
        return {
            (entity.code, account): minor
            for entity in self.entities.values()
            for account, minor in erp.balances(entity, _ALWAYS[1]).items()
            if minor
        }

    def behind_posted(self) -> dict[str, dict[Cell, Worth]]:
        """The subledger entries behind what is verified in the ERP, by scenario: with the dates of their documents."""
        rows: dict[str, list[tuple[Cell, Worth]]] = {}
        for native_id, *cell, amount, functional in self._subledger():
            rows.setdefault(self.writers[native_id], []).append((Cell(*cell), Worth(amount, functional)))
        return {name: add_up(found) for name, found in rows.items()}

    def _subledger(self) -> list[tuple[Any, ...]]:
        manifests = self.ask("select manifest from batch")
        files = [file for row in manifests for file in manifest_from_json(row["manifest"])]
        posted = [row["id"] for row in self.ask("select id::text as id from journal_entry where state = 'verified'")]
        evidence = self.app.evidence()
        with duckdb.connect() as connection:
            for dataset, schema in (BOOKED | {"decisions": _DECISIONS}).items():
                if paths := evidence.fetch([file for file in files if file.dataset == dataset]):
                    connection.read_parquet(paths).create_view(dataset)
                else:  # nothing of the kind was booked
                    connection.register(dataset, schema.empty_table())
            query = (Path(__file__).parent / "behind_posted.sql").read_text(encoding="utf-8")
            return connection.execute(query, {"posted": posted}).fetchall()

    def exceptions(self) -> dict[str, list[str]]:
        """The rules of the open exceptions, once for each document, by scenario; under no name those of no document."""
        found: dict[str, list[str]] = {}
        for row in self.ask("select subject_id, cause from exception where state = 'open' order by cause"):
            found.setdefault(self.writers.get(row["subject_id"], ""), []).append(row["cause"].rsplit("|", 1)[1])
        return {name: sorted(rules) for name, rules in found.items()}

    def held(self) -> set[str]:
        """Why entries wait."""
        return {row["held_reason"] for row in self.ask("select held_reason from journal_entry where state = 'held'")}

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Rows of the finance database."""
        with self.app.finance().transaction() as connection:
            return connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]

    # What it runs on

    @property
    def one(self) -> Scenario:
        """Any of the scenarios: their nights and settings are the same."""
        return self.scenarios[0]

    @cached_property
    def app(self) -> LoggedInApp:
        """The application on this world's databases."""
        connections = EnvironmentConnections(
            {
                "AIRFLOW_CONN_FINANCE_DB": self.postgres.airflow_connection("finance_writer", self.place.finance),
                "AIRFLOW_CONN_BILLING_DB": self.postgres.airflow_connection("billing_reader", self.place.billing),
                "AIRFLOW_CONN_ERP_TRYTON": self.tryton.airflow_connection(self.place.erp),
            }
        )
        folder = self.place.folder
        return LoggedInApp(self.configuration, connections, str(folder / "evidence"), folder / "scratch")

    @property
    def entities(self) -> Mapping[str, LegalEntity]:
        """All legal entities, by code."""
        return self.configuration.legal_entities

    @cached_property
    def configuration(self) -> Configuration:
        """The shipped configuration with what the policies decide otherwise."""
        return configured(self.one)


def _told(entity: LegalEntity, line: LedgerLine) -> tuple[str, Worth]:
    """Currency and worth of a line; the amount in the documents' currency stands in its text where the books have another."""
    told = _TEXT.match(line.text)
    assert told, f"the ERP has a line of ours with the text {line.text!r}"
    currency = told["currency"]
    is_foreign = currency != entity.functional_currency.code
    # what is revalued has none
    amount = parse_minor(told["amount"] or "0", CURRENCIES[currency].exponent) if is_foreign else line.amount_minor
    return currency, Worth(amount, line.amount_minor)
