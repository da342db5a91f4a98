"""Open items of a legal entity on any day, from evidence: they come to the control accounts, and to what billing says is open."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa

from include.config.configuration import Configuration
from include.evidence.store import EvidenceStore
from include.finance.aging import ROLES, BillingDifference, BillingTotal, ControlledTotal, OpenItem
from include.finance.errors import UnknownNameError
from include.finance.events import CATALOGUE
from include.pipelines.batch_evidence import fetch_landed, offer_booked, offer_landed
from include.ports.canonical import landed_schema
from include.store.aging import aging_query
from include.store.database import Connection, FinanceDatabase, Row
from include.tie_out.workspace import open_workspace

_ENTRIES = pa.schema([("id", pa.string())])
_WAITING = pa.schema([("document_uid", pa.string()), ("because", pa.string())])
_SMALL_BALANCE = next(event.code for event in CATALOGUE if event.name == "small_balance.written_off")


@dataclass(frozen=True, slots=True)
class Aging:
    """What is open of a legal entity. Without a day, of everything that stands, also what is not posted yet; only then beside what
    billing says. `differences` are the invoices that differ, those that nothing explains first.
    """

    legal_entity_code: str
    as_of: date | None
    items: tuple[OpenItem, ...]
    controls: tuple[ControlledTotal, ...]
    billing: tuple[BillingTotal, ...]
    differences: tuple[BillingDifference, ...]


@dataclass
class _Found:
    items: list[OpenItem]
    totals: Counter[str]
    billing: Counter[str]
    differences: list[BillingDifference]


def aging(
    database: FinanceDatabase,
    evidence: EvidenceStore,
    configuration: Configuration,
    legal_entity_code: str,
    as_of: date | None = None,
) -> Aging:
    """The open items of a legal entity: at the end of a day as the ERP had confirmed it, or now.

    Raises UnknownNameError for a legal entity that is not known, EvidenceError when a file is lost.
    """
    with database.transaction() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        return read_aging(connection, evidence, configuration, legal_entity_code, as_of)


def read_aging(
    connection: Connection,
    evidence: EvidenceStore,
    configuration: Configuration,
    legal_entity_code: str,
    as_of: date | None = None,
) -> Aging:
    """As `aging`, in the caller's transaction."""
    if legal_entity_code not in configuration.legal_entities:
        known = ", ".join(sorted(configuration.legal_entities))
        raise UnknownNameError(
            f"There is no legal entity {legal_entity_code} in legal_entities.yaml; there are {known}."
        )
    chart = configuration.chart_of(legal_entity_code)
    accounts = sorted({code for role in ROLES for code in chart.codes_of(role)})
    about = {"entity": legal_entity_code, "as_of": as_of}
    chosen = aging_query(connection, "chosen_entries", **about)
    balances = aging_query(connection, "balances", accounts=accounts, **about)
    waiting = [] if as_of else aging_query(connection, "waiting", small_balance=_SMALL_BALANCE)
    found = _Found([], Counter(), Counter(), [])
    for source_code, source in sorted(configuration.sources.items()):
        batches = aging_query(connection, "batches", source=source_code)
        if batches:
            names = {"source_code": source_code, "tenant": source.tenant, "entity": legal_entity_code}
            _gather(evidence, batches, chosen, waiting, names, found, is_now=as_of is None)
    return Aging(
        legal_entity_code,
        as_of,
        tuple(found.items),
        tuple(_controls(found.items, balances)),
        tuple(_billing(found)),
        tuple(sorted(found.differences, key=lambda each: bool(each.because))),
    )


def _gather(
    evidence: EvidenceStore,
    batches: list[Row],
    chosen: list[Row],
    waiting: list[Row],
    names: dict[str, str],
    found: _Found,
    *,
    is_now: bool,
) -> None:
    """The open items of one source's documents."""
    evidence.scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="aging-", dir=evidence.scratch))
    try:
        with open_workspace(folder) as work:
            offer_booked(work, evidence, batches)
            for dataset in ("applications", "lines"):
                work.view(f"landed_{dataset}", fetch_landed(evidence, batches, dataset), landed_schema(dataset))
            offer_landed(work, evidence, batches, "documents")
            work.run("landed_documents")
            work.table("chosen_entries", pa.Table.from_pylist(chosen, _ENTRIES))
            work.table("waiting_document", pa.Table.from_pylist(waiting, _WAITING))
            for name, value in names.items():
                work.set(name, value)
            work.run("open_items")
            found.items += [OpenItem(**row) for row in work.rows("aged_items")]
            if is_now:
                for row in work.rows("billing_open"):
                    found.totals[row["currency"]] += row["amount_minor"]
                    found.billing[row["currency"]] += row["billing_minor"]
                found.differences += [BillingDifference(**row) for row in work.rows("billing_differences")]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _controls(items: list[OpenItem], balances: list[Row]) -> list[ControlledTotal]:
    """Items beside balances, by account and currency."""
    sums: Counter[tuple[str, str]] = Counter()
    for item in items:
        sums[item.account_code, item.currency] += item.amount_minor
    stands = {(row["account_code"], row["currency"]): row["balance_minor"] for row in balances}
    return [
        ControlledTotal(account, currency, sums[account, currency], stands.get((account, currency), 0))
        for account, currency in sorted(sums.keys() | stands.keys())
    ]


def _billing(found: _Found) -> list[BillingTotal]:
    explained: Counter[str] = Counter()
    for each in found.differences:
        if each.because:
            explained[each.currency] += each.amount_minor - each.billing_minor
    return [
        BillingTotal(currency, found.totals[currency], found.billing[currency], explained[currency])
        for currency in sorted(found.totals.keys() | found.billing.keys())
    ]
