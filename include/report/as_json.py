"""A report as JSON: the same report is always the same bytes. night_report.schema.json says what each field means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from include.finance.period_close import Checklist
from include.finance.tie_out import Side, TieOutRow
from include.report.judge import sentence
from include.report.model import (
    Amount,
    Batch,
    CauseGroup,
    DocumentTypeRow,
    Entry,
    EquationCell,
    Hop,
    NightFigures,
    NightReport,
    NightScore,
    OpenException,
    Source,
    Stage,
    Tally,
)

SCHEMA = Path(__file__).with_name("night_report.schema.json")
VERSION = 5


def report_json(report: NightReport) -> bytes:
    """The report as UTF-8 JSON with sorted keys; amounts are whole minor units, instants are UTC."""
    content = {
        "version": VERSION,
        "read_instant": report.read_instant,
        "produced_at": report.produced_at,
        "is_complete": report.is_complete,
        "verdict": sentence(report),
        "missing": [{"fact": each.fact, "owner": each.owner} for each in report.missing],
        "sources": [_source(each) for each in report.sources],
        "equation": [_cell(each) for each in report.equation],
        "hops": [_hop(each) for each in report.hops],
        "exceptions": [_group(each) for each in report.exceptions],
        "entries": [_entry(each) for each in report.entries],
        "closing": [_checklist(each) for each in report.closing],
        "scores": [_score(each) for each in report.scores],
        "stages": [_stage(each) for each in report.stages],
        "nights": [_night(each) for each in report.nights],
    }
    text = json.dumps(content, default=_plain, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    return (text + "\n").encode()


def instant_text(instant: datetime) -> str:
    """An instant as ISO 8601 in UTC: 2026-02-01T06:00:00Z, with as many microseconds as it has."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    raise TypeError(f"{type(value).__name__} has no place in a report: {value!r}")


def _money(amount: Amount) -> dict[str, Any]:
    return {"minor": amount.minor, "currency": amount.currency, "exponent": amount.exponent}


def _tally(tally: Tally) -> dict[str, int]:
    return {"count": tally.count, "minor": tally.minor}


def _fields(value: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _source(source: Source) -> dict[str, Any]:
    return _fields(source, "code", "state", "read_until", "error") | {
        "batches": [_batch(each) for each in source.batches]
    }


def _batch(batch: Batch) -> dict[str, Any]:
    return _fields(batch, *Batch.__dataclass_fields__)


def _cell(cell: EquationCell) -> dict[str, Any]:
    return _fields(cell, "legal_entity_code", "currency", "exponent") | {
        "count": cell.all_count,
        "document_types": [_document_type(each) for each in cell.document_types],
    }


def _document_type(row: DocumentTypeRow) -> dict[str, Any]:
    return {
        "document_type": row.document_type,
        "all": _tally(row.all),
        "outcomes": {outcome: _tally(tally) for outcome, tally in row.outcomes.items()},
        "reasons": [{"outcome": each.outcome, "reason": each.reason, **_tally(each.tally)} for each in row.reasons],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    names = [name for name in Entry.__dataclass_fields__ if name not in ("total", "functional_total")]
    return _fields(entry, *names, "is_short", "is_waiting") | {
        "total": _money(entry.total),
        "functional_total": _money(entry.functional_total) if entry.functional_total else None,
    }


def _group(group: CauseGroup) -> dict[str, Any]:
    return _fields(group, "category", "rule", "severity", "suggested_fix", "owners", "count") | {
        "at_risk": [_money(each) for each in group.at_risk],
        "listed_count": len(group.listed),
        "listed": [_exception(each) for each in group.listed],
    }


def _exception(each: OpenException) -> dict[str, Any]:
    names = ("legal_entity_code", "subject_type", "subject_id", "owner", "message", "age_nights")
    return _fields(each, *names) | {"at_risk": _money(each.at_risk)}


def _checklist(found: Checklist) -> dict[str, Any]:
    return {
        "legal_entity_code": found.legal_entity_code,
        "period_name": found.period_name,
        "blocking_count": len(found.blockers),
        "items": [item.to_plain() for item in found.items],
    }


def _score(found: NightScore) -> dict[str, Any]:
    each, mean = found.of, found.of.mean
    return _fields(each, "legal_entity_code", "score", "unit", "days", "floor_bp", "is_below", "explanation") | {
        "numerator": each.share.numerator,
        "denominator": each.share.denominator,
        "share_bp": each.share.basis_points,
        "before_bp": found.before_bp,
        "mean_numerator": mean.numerator if mean else None,
        "mean_denominator": mean.denominator if mean else None,
        "mean_bp": mean.basis_points if mean else None,
    }


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        "hop": hop.number,
        "what": hop.what,
        "check_count": hop.check_count,
        "scopes": [
            _fields(scope, "legal_entity_code", "currency") | {"statuses": _by_name(scope.statuses)}
            for scope in hop.scopes
        ],
        "open_rows": [_check(row) for row in hop.open_rows],
    }


def _by_name(counts: Mapping[Any, int]) -> dict[str, int]:
    return {str(name.value): count for name, count in counts.items()}


def _check(row: TieOutRow) -> dict[str, Any]:
    names = ("check_name", "legal_entity_code", "currency", "subject_type", "subject", "period_name", "batch_no")
    return _fields(row, *names, "status", "difference_minor", "explanation") | {
        "left": _side(row.left),
        "right": _side(row.right),
    }


def _side(side: Side) -> dict[str, Any]:
    return _fields(side, "count", "debit_minor", "credit_minor")


def _stage(stage: Stage) -> dict[str, Any]:
    return _fields(stage, *Stage.__dataclass_fields__)


def _night(night: NightFigures) -> dict[str, Any]:
    names = [name for name in NightFigures.__dataclass_fields__ if name != "at_risk"]
    return _fields(night, *names) | {"at_risk": [_money(each) for each in night.at_risk]}
