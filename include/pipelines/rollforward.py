"""The roll-forward of deferred revenue: from the opening balance to the closing one, proven by the schedules that remain.

The movements come from the journals, the remaining schedules from evidence: two ways that meet only if every line is
recognised as far as it is earned, and nothing else stands on the account.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa

from include.config.configuration import Configuration
from include.config.currencies import CURRENCIES
from include.evidence.manifest import EvidenceFile, manifest_from_json
from include.evidence.store import EvidenceStore
from include.finance.errors import NightUnfinishedError, UnknownNameError
from include.store.database import FinanceDatabase
from include.store.recognitions import read_standing
from include.subledger.recognition import BOOKED, GROUPS, STATE
from include.tie_out.workspace import TieOutWorkspace, open_workspace

_MOVEMENTS = Path(__file__).parents[1] / "store" / "sql" / "deferred_movements.sql"
_PERIOD_END = "select legal_entity_code, start_date, end_date from erp_period where period_name = %s"
_BATCHES = "select manifest from batch where read_instant >= %s"
_STANDING = "select id::text as id, category from journal_entry where state <> 'superseded'"
_AHEAD = timedelta(days=60)  # a document may be dated some weeks ahead of the night that read it
_DAYS = pa.schema(
    [
        ("legal_entity_code", pa.string()),
        ("start_date", pa.date32()),
        ("end_date", pa.date32()),
        ("currency", pa.string()),
    ]
)
_ENTRIES = pa.schema([("id", pa.string()), ("category", pa.string())])
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class DeferredRow:
    """A legal entity's deferred revenue over a period from documents of one currency, in minor units; a liability is positive.

    The amounts are in `currency`: that of the documents, or the entity's own. opening + invoiced - credited - recognised
    + late + other = closing; `remaining_minor` is what the schedules have left to earn at the end of the period.
    """

    legal_entity_code: str
    document_currency: str
    currency: str
    exponent: int
    opening_minor: int
    invoiced_minor: int
    credited_minor: int
    recognised_minor: int
    late_minor: int
    other_minor: int
    closing_minor: int
    remaining_minor: int

    @property
    def difference_minor(self) -> int:
        """Closing balance less remaining schedules: nothing, or something to be explained."""
        return self.closing_minor - self.remaining_minor


def deferred_rollforward(
    database: FinanceDatabase, evidence: EvidenceStore, configuration: Configuration, period: str
) -> list[DeferredRow]:
    """One row per legal entity and currency of documents, and for foreign ones another in the entity's own currency.

    Raises UnknownNameError for a period that no ERP has, NightUnfinishedError while a night waits to be recognised,
    EvidenceError when a file is lost.
    """
    accounts = {code: configuration.chart_of(code).roles["deferred_revenue"] for code in configuration.legal_entities}
    with database.transaction() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        ends = connection.execute(_PERIOD_END, (period,)).fetchall()
        if not ends:
            raise UnknownNameError(f"No ERP has a period {period}; write it as the ERP does, for instance 2026-01.")
        query: Any = _MOVEMENTS.read_bytes()
        parameters = {"period": period, "entities": list(accounts), "accounts": list(accounts.values())}
        moved = connection.execute(query, parameters).fetchall()
        since = min(row["start_date"] for row in ends) - _AHEAD
        manifests = connection.execute(_BATCHES, (since,)).fetchall()
        standing = connection.execute(_STANDING).fetchall()
    files = [file for row in manifests for file in manifest_from_json(row["manifest"])]

    def fetch(dataset: str) -> list[str]:
        return evidence.fetch([file for file in files if file.dataset == dataset])

    evidence.scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="rollforward-", dir=evidence.scratch))
    try:
        with open_workspace(folder) as work:
            work.run("remaining_table")
            for source_code in sorted(configuration.sources):
                _take_schedules(work, database, evidence, source_code)
            work.table("period_end", _period_ends(configuration, ends))
            work.table("standing_entries", pa.Table.from_pylist(standing, _ENTRIES))
            _view(work, fetch)
            remaining = {_key(row): row for row in work.rows("deferred_after")}
            _tell_apart(moved, work.rows("gathered_movements"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _rows(moved, remaining)


def _view(work: TieOutWorkspace, fetch: Callable[[str], list[str]]) -> None:
    for name, schema in BOOKED.items():
        work.view(name, fetch(name), schema)
    work.run("booked_entries")


def _take_schedules(
    work: TieOutWorkspace, database: FinanceDatabase, evidence: EvidenceStore, source_code: str
) -> None:
    standing = read_standing(database, source_code)
    if any(run.of("schedules") for run in standing.accounted):
        raise NightUnfinishedError(
            f"Source {source_code}: a night was accounted and not yet recognised, so its schedules are not known. Run the "
            "night again, or `make recognise`."
        )
    if not standing.runs:
        return
    state: list[EvidenceFile] = standing.state_files()
    work.set("full_run", standing.full_run)
    work.view("recognition_state", evidence.fetch(state), STATE)
    work.view("recognition_groups", evidence.fetch(standing.runs[-1].of("recognition_groups")), GROUPS)
    work.run("remaining_schedules")


def _period_ends(configuration: Configuration, ends: list[dict[str, Any]]) -> pa.Table:
    """One row per legal entity: the last day of its period, and its own currency."""
    rows = [
        row | {"currency": configuration.legal_entities[row["legal_entity_code"]].functional_currency.code}
        for row in ends
        if row["legal_entity_code"] in configuration.legal_entities
    ]
    return pa.Table.from_pylist(rows, _DAYS)


def _tell_apart(moved: list[dict[str, Any]], gathered: list[dict[str, Any]]) -> None:
    """Take invoices and credits that stand in entries with other categories out of the other movements."""
    by_key = {_key(row): row for row in moved}
    for row in gathered:
        if found := by_key.get(_key(row)):
            found["invoiced_minor"] += row["invoiced_minor"]
            found["credited_minor"] += row["credited_minor"]
            found["other_minor"] += row["credited_minor"] - row["invoiced_minor"]


def _rows(moved: list[dict[str, Any]], remaining: dict[_Key, dict[str, Any]]) -> list[DeferredRow]:
    rows = []
    for row in moved:
        left = remaining.pop(_key(row), {"remaining_minor": 0})
        rows.append(DeferredRow(**row, remaining_minor=left["remaining_minor"]))
    for key, left in remaining.items():
        if left["remaining_minor"]:
            exponent = CURRENCIES[key[2]].exponent
            rows.append(DeferredRow(*key, exponent, 0, 0, 0, 0, 0, 0, 0, left["remaining_minor"]))
    return sorted(rows, key=lambda row: (row.legal_entity_code, row.document_currency, row.currency))


def _key(row: dict[str, Any]) -> _Key:
    return row["legal_entity_code"], row["document_currency"], row["currency"]
