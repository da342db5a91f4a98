"""Clearing accounts from evidence: how much of the money that came onto them had left again within its days, by key."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import duckdb
import pyarrow as pa

from include.config.configuration import Configuration
from include.evidence.store import EvidenceStore
from include.finance.errors import EvidenceError
from include.finance.events import CATALOGUE
from include.finance.quality_score import Share
from include.pipelines.batch_evidence import offer_booked, offer_landed
from include.store.database import Connection, Row
from include.store.quality_scores import scores_query
from include.tie_out.workspace import open_workspace

_ENTITIES = pa.schema(
    [
        ("legal_entity_code", pa.string()),
        ("functional_currency", pa.string()),
        ("first_date", pa.date32()),
        ("last_date", pa.date32()),
        ("days", pa.int32()),
        ("books_every_bank", pa.bool_()),
        ("booked_banks", pa.list_(pa.string())),
    ]
)
_ENTRIES = pa.schema([("id", pa.string())])
_PAYOUT_EVENTS = pa.table(
    {"code": pa.array([each.code for each in CATALOGUE if each.document_type == "payout"], pa.int16())}
)


@dataclass(frozen=True, slots=True)
class ClearingShare:
    """What came onto the accounts of a role and had left again, in minor units of the books' own currency, from one source."""

    legal_entity_code: str
    role: str
    share: Share
    open_count: int


@dataclass(frozen=True, slots=True)
class JudgedBatches:
    """Of one source: what was accounted since the first day that is judged, and the entries that do not count."""

    source_code: str
    batches: list[Row]
    given_up: list[Row]


def judged_batches(connection: Connection, configuration: Configuration, read_instant: datetime) -> list[JudgedBatches]:
    """Of every source that has any, without reading their evidence."""
    first: date = min(each["first_date"] for each in _judged_entities(configuration, read_instant))
    since = datetime.combine(first - timedelta(days=1), time(), UTC)
    found = []
    for code in sorted(configuration.sources):
        about = {"source": code, "since": since, "read_instant": read_instant}
        if batches := scores_query(connection, "batches", **about):
            found.append(JudgedBatches(code, batches, scores_query(connection, "given_up", **about)))
    return found


def clearing_shares(
    evidence: EvidenceStore, configuration: Configuration, read_instant: datetime, judged: Sequence[JudgedBatches]
) -> list[ClearingShare]:
    """Of every legal entity and source, from the evidence of these batches. Raises EvidenceError."""
    entities = list(_judged_entities(configuration, read_instant))
    found: list[ClearingShare] = []
    for each in judged:
        code = each.source_code
        names = {"source_code": code, "tenant": configuration.sources[code].tenant}
        try:
            found += _of_source(evidence, each.batches, each.given_up, entities, names)
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            text = f"Evidence of source {code} cannot be read ({error}). Restore its files from a backup; nothing was written."
            raise EvidenceError(text) from error
    return found


def left_out(configuration: Configuration, code: str, judged: Sequence[ClearingShare]) -> dict[str, str]:
    """The roles that are not judged for a legal entity, and why: what empties them is not in evidence by key."""
    roles, by_bank = configuration.chart_of(code).all_roles(), "the ERP's bank reconciliation empties it"
    banks = configuration.entity_settings[code].bank_books
    why = {"cash_receipts_clearing": by_bank}
    if not banks.is_any:
        why["payouts_in_transit"] = by_bank
    if not any(each.role == "processor_clearing" for each in judged):
        why["processor_clearing"] = "nothing came that a payout could name"
    return {role: reason for role, reason in why.items() if role in roles}


def _judged_entities(configuration: Configuration, read_instant: datetime) -> Iterator[dict[str, Any]]:
    for code, entity in configuration.legal_entities.items():
        settings, banks = configuration.scores_of(code), configuration.entity_settings[code].bank_books
        first, last = settings.judged_days(entity.local_date(read_instant))
        yield {
            "legal_entity_code": code,
            "functional_currency": entity.functional_currency.code,
            "first_date": first,
            "last_date": last,
            "days": settings.clearing_days,
            "books_every_bank": banks.is_every,
            "booked_banks": sorted(banks.refs),
        }


def _of_source(
    evidence: EvidenceStore,
    batches: list[Row],
    given_up: list[Row],
    entities: list[dict[str, Any]],
    names: dict[str, str],
) -> Iterable[ClearingShare]:
    evidence.scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="scores-", dir=evidence.scratch))
    try:
        with open_workspace(folder) as work:
            for name, value in names.items():
                work.set(name, value)
            work.table("scored_entity", pa.Table.from_pylist(entities, _ENTITIES))
            work.table("given_up_entry", pa.Table.from_pylist(given_up, _ENTRIES))
            work.table("payout_event", _PAYOUT_EVENTS)
            offer_booked(work, evidence, batches)
            # Payouts and their items, as they landed last.
            for dataset, step in (("documents", "clearing_payouts"), ("lines", "clearing_items")):
                offer_landed(work, evidence, batches, dataset)
                work.run(step)
            return [
                ClearingShare(
                    row["legal_entity_code"],
                    row["role"],
                    Share(row["cleared_minor"], row["gross_minor"]),
                    row["open_count"],
                )
                for row in work.rows("clearing_shares")
            ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
