"""What the finance database holds for the tie-out to compare: asked anew, by queries of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from include.evidence.manifest import EvidenceFile, manifest_from_json
from include.ports.billing import Cell
from include.ports.canonical import DOCUMENT_TYPES
from include.store.database import FinanceDatabase, Row

_SQL = Path(__file__).with_name("sql") / "tie_out"


@dataclass(frozen=True, slots=True)
class TiedBatch:
    """A committed batch to tie out: the transactions it covers and the evidence it names."""

    batch_no: int
    kind: str  # night | recognition | revaluation | reclassify | reverse_entry
    horizon_from: int
    horizon_to: int
    read_instant: datetime
    files: tuple[EvidenceFile, ...]


def batches_to_tie(database: FinanceDatabase, source_code: str) -> list[TiedBatch]:
    """The newest batch of a source and those before it that were never tied out, oldest first."""
    rows = _ask(database, "batches", source=source_code)
    return [TiedBatch(**(row | {"files": tuple(manifest_from_json(row.pop("manifest")))})) for row in rows]


def counted_outcomes(database: FinanceDatabase, batch_no: int) -> pa.Table:
    """The accounted-for equation of a batch as it is stored."""
    return _columns(database, "outcomes", batch_no=batch_no)


def journal_sums(database: FinanceDatabase, batch_no: int) -> pa.Table:
    """Debit and credit of a batch's journal entries by account, as they are stored."""
    return _columns(database, "journal_sums", batch_no=batch_no)


def open_since(database: FinanceDatabase) -> pa.Table:
    """The first open day of each legal entity that has one."""
    return _columns(database, "open_since")


def registered_totals(database: FinanceDatabase, source_code: str, since: date) -> tuple[pa.Table, int | None]:
    """The running totals of a source's live documents dated from a day on, and the batch up to which they stand."""
    with database.columns() as connection, connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        _set(cursor, "source_code", source_code)
        _set(cursor, "since", since.isoformat())
        cursor.execute("select last_batch_no from tieout.source_stream where source_code = $1", (source_code,))
        last = cursor.fetchone()
        cursor.execute(_text("registered"))
        table = cursor.fetch_arrow_table()
    names = {code: name for name, code in DOCUMENT_TYPES.items()}
    kinds = pa.array([names[code] for code in table["document_type"].to_pylist()], pa.string())
    return table.set_column(1, "document_type", kinds), last[0] if last else None


def known_documents(database: FinanceDatabase, source_code: str, cell: Cell) -> pa.Table:
    """The register's live documents of one cell."""
    assert cell.document_date is not None
    return _columns(
        database,
        "known_documents",
        source_code=source_code,
        cell_type=DOCUMENT_TYPES[cell.document_type],
        cell_entity=cell.legal_entity_code,
        cell_currency=cell.currency,
        cell_date=cell.document_date.isoformat(),
    )


@dataclass(frozen=True, slots=True)
class EntityFacts:
    """The questions about one legal entity's entries in one ERP."""

    database: FinanceDatabase
    erp_code: str
    legal_entity_code: str

    def since(self) -> date:
        """From which posting date on entries are compared one by one."""
        found: date = self._ask("since")[0]["since"]
        return found

    def our_entries(self, since: date, listed: Sequence[str]) -> list[Row]:
        """Our posted entries by account: dated from `since` on, or with one of the references `listed` in the ERP."""
        return self._ask("our_entries", since=since, listed=list(listed))

    def unsettled(self, listed: Sequence[str]) -> dict[str, str]:
        """State by reference of our entries among `listed` that are not posted."""
        return {row["reference"]: row["state"] for row in self._ask("unsettled_entries", listed=list(listed))}

    def posted_balances(self) -> list[Row]:
        """What the ERP should have of us, by account and period."""
        return self._ask("posted_balances")

    def accounted(self, account: str) -> list[Row]:
        """All debits and credits ever accounted on an account, and whether something given up is still to be booked anew."""
        return self._ask("accounted", account=account)

    def intercompany(self, named: int) -> list[Row]:
        """What it has with each other legal entity in each currency, in the books of both; `named` documents behind what differs."""
        return self._ask("intercompany", named=named)

    def our_erp_ids(self, erp_ids: Sequence[str]) -> frozenset[str]:
        """Which of these ids in the ERP are entries of ours."""
        return frozenset(row["erp_id"] for row in self._ask("our_erp_ids", ids=list(erp_ids)))

    def lease(self) -> str:
        """Who is at the entity's entries, in words."""
        rows = self._ask("lease")
        if not rows:
            return "another worker holds the lock of this legal entity"
        return f"leased by run {rows[0]['lease_owner']} until {rows[0]['lease_until'].isoformat(timespec='seconds')}"

    def _ask(self, name: str, **parameters: Any) -> list[Row]:
        return _ask(self.database, name, erp=self.erp_code, entity=self.legal_entity_code, **parameters)


def _ask(database: FinanceDatabase, name: str, **parameters: Any) -> list[Row]:
    with database.transaction() as connection:
        return connection.execute(_text(name).encode(), parameters).fetchall()


def _columns(database: FinanceDatabase, name: str, **settings: object) -> pa.Table:
    # A bound parameter would turn the driver's COPY path off: values come as settings of the transaction.
    with database.columns() as connection, connection.cursor() as cursor:
        for setting, value in settings.items():
            _set(cursor, setting, str(value))
        cursor.execute(_text(name))
        return cursor.fetch_arrow_table()


def _set(cursor: Any, setting: str, value: str) -> None:
    cursor.execute("select set_config($1, $2, true)", (f"tieout.{setting}", value))
    cursor.fetchall()


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")
