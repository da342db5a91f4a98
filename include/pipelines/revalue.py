"""Revalue the foreign open items of a source at the closing rate of a period's last day, and take that back on the next.

Who asks for the same twice changes nothing: what should stand is compared with what stands, and only a half of a pair that
differs is reversed and booked anew. Dying before the commit leaves an attempt that is given up later.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID, uuid4, uuid5

import pyarrow as pa

from include.config.configuration import Configuration
from include.evidence.manifest import manifest_to_json
from include.finance.errors import GenerationMovedError, UnknownNameError
from include.finance.journal import JournalCategory
from include.finance.revaluation import Revaluer
from include.pipelines.account import AccountingDesk
from include.store import streams
from include.store.register import open_register
from include.store.revaluations import (
    MissingRate,
    RevaluationStanding,
    commit_run,
    read_standing,
    settle_exceptions,
    unverified,
)
from include.store.run_commits import RunHeader
from include.subledger.revaluation import ASKED, ROLES, RevaluationEngine, RevaluationRun
from include.subledger.settings import engine_settings
from include.subledger.workspace import Workspace

_BATCHES = UUID("0f9e2a56-2a0b-5a4f-9d0e-0a8f7f2f5b61")
_TRIES = 5
_DATASET = "revalued_items"
_ROWS = {
    "new_entry": "journal_entry_rows",
    "new_line": "journal_line_rows",
    "new_balance": "revaluation/balance_rows",
    "new_follow": "revaluation/follows",
}


@dataclass(frozen=True, slots=True)
class Revalued:
    """What a run came to; `batch_id` is None where nothing differs from what stands.

    `waiting` says by legal entity what must be verified first; `missing` are the closing rates that nobody published.
    """

    batch_id: UUID | None = None
    entry_count: int = 0
    waiting: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[MissingRate, ...] = ()


def revalue_source(
    desk: AccountingDesk, source_code: str, read_instant: datetime, period: str | None = None
) -> Revalued:
    """Revalue a period that has ended at `read_instant` and is open: the last one, or the one that is named. Safe to repeat.

    Raises UnknownNameError for a period that is closed or has not ended, EvidenceError when files are lost or cannot be
    written, SystemUnreachableError.
    """
    roles = revalued_roles(desk.configuration)
    if not roles:
        return Revalued()
    for _ in range(_TRIES):
        try:
            return _revalue_once(desk, source_code, read_instant, period, roles)
        except GenerationMovedError:
            continue
    raise GenerationMovedError(
        f"Source {source_code}: other runs of revaluation committed {_TRIES} times while this one was at work; run it again."
    )


def revalued_roles(configuration: Configuration) -> list[dict[str, str]]:
    """Legal entities and roles whose open items Tieout revalues."""
    return [
        {"legal_entity_code": code, "role": role}
        for code, settings in configuration.entity_settings.items()
        for role, revaluer in settings.revaluation.items()
        if revaluer is Revaluer.TIEOUT
    ]


def _revalue_once(
    desk: AccountingDesk, source_code: str, read_instant: datetime, period: str | None, roles: list[dict[str, str]]
) -> Revalued:
    with open_register(desk.database) as register:
        known = register.periods(JournalCategory.REVALUATION)
        rates, fixings = register.fx_rates(), register.fx_fixings()
    asked = _asked(desk.configuration, known, read_instant, period, {row["legal_entity_code"] for row in roles})
    waiting = unverified(desk.database, source_code, {code: row["start_date"] for code, row in asked.items()})
    asked = {code: row for code, row in asked.items() if code not in waiting}
    standing, attempt_id = read_standing(desk.database, source_code), uuid4()
    if not standing.open_items:
        return Revalued(waiting=waiting)
    batch_id = uuid5(_BATCHES, str(attempt_id))
    settings = engine_settings(
        desk.configuration, known, rates, fixings, source_code, batch_id, read_instant, desk.line_limit
    )
    run = RevaluationRun(
        standing.run_count + 1,
        pa.Table.from_pylist([{name: row[name] for name in ASKED.names} for row in asked.values()], ASKED),
        pa.Table.from_pylist(roles, ROLES),
        standing.superseded,
    )
    scratch = Path(mkdtemp(prefix="revalue-", dir=desk.scratch))
    try:
        with Workspace(scratch) as workspace:
            engine = RevaluationEngine(workspace, settings, run)
            differing = engine.value(_fetch(desk, standing, "open_items"), _fetch(desk, standing, _DATASET))
            missing = tuple(MissingRate(**row) for row in engine.unrated())  # type: ignore[arg-type]
            settle_exceptions(desk.database, source_code, list(asked), missing, desk.configuration.assignments())
            if not differing:
                return Revalued(waiting=waiting, missing=missing)
            header = RunHeader(
                batch_id,
                attempt_id,
                source_code,
                standing.last_batch_no,
                desk.configuration.sha256,
                desk.configuration.files,
                desk.code_version,
                _store(desk, engine, source_code, read_instant, attempt_id, scratch),
            )
            commit_run(desk.database, header, lambda name: engine.result(_ROWS[name]))
            return Revalued(batch_id, engine.result("journal_entry_rows").num_rows, waiting, missing)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _asked(
    configuration: Configuration, known: pa.Table, read_instant: datetime, period: str | None, entities: set[str]
) -> dict[str, dict[str, Any]]:
    """By legal entity the period to value: of those that have ended the last one, or that which is named, if it is open."""
    asked: dict[str, dict[str, Any]] = {}
    for row in known.to_pylist():
        code = row["legal_entity_code"]
        if code not in entities or row["end_date"] >= configuration.legal_entities[code].local_date(read_instant):
            continue
        if period is not None and row["period_name"] != period:
            continue
        if code not in asked or _place(row) > _place(asked[code]):
            asked[code] = row
    asked = {code: row for code, row in asked.items() if row["is_open"]}
    if period is not None and not asked:
        raise UnknownNameError(
            f"Period {period} is not open, or has not ended, for any legal entity that Tieout revalues: only a period that has "
            "ended and is open can be revalued. Look at erp_period, or reopen it in the ERP."
        )
    return asked


def _place(row: Mapping[str, Any]) -> tuple[date, date]:
    # of periods that end on one day (an adjustment period of the ERP's) the shorter
    return row["end_date"], row["start_date"]


def _fetch(desk: AccountingDesk, standing: RevaluationStanding, dataset: str) -> list[str]:
    files = standing.open_items if dataset == "open_items" else standing.revalued
    desk.evidence.verify(files)
    return desk.evidence.fetch(files)


def _store(
    desk: AccountingDesk,
    engine: RevaluationEngine,
    source_code: str,
    read_instant: datetime,
    attempt_id: UUID,
    scratch: Path,
) -> list[dict[str, object]]:
    """Open an attempt, write the evidence of the run, and give its manifest."""
    folder = f"{source_code}/revaluation/{attempt_id}"
    with desk.database.transaction() as connection:
        streams.abandon_stale_attempts(connection, source_code)
    streams.open_attempt(
        desk.database, streams.Attempt(attempt_id, source_code, "revaluation", read_instant, 0, 0, folder)
    )
    path = scratch / f"{_DATASET}.parquet"
    engine.summarise(path)
    files = desk.evidence.put_all([(_DATASET, 0, path)], folder)
    desk.evidence.verify(files)
    return manifest_to_json(files)
