"""Gather a night's report from the finance database, all of it in one snapshot, so that its figures agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from include.config.configuration import Configuration
from include.config.currencies import CURRENCIES
from include.finance.journal import EntryState, HeldReason
from include.report.hops import fold_hops
from include.report.judge import find_missing
from include.report.model import (
    OUTCOMES,
    Amount,
    Batch,
    CauseGroup,
    DocumentTypeRow,
    Entry,
    EquationCell,
    NightFigures,
    NightReport,
    NightScore,
    OpenException,
    Reason,
    Source,
    SourceState,
    Stage,
    Tally,
)
from include.report.words import amount_in, exponent_of
from include.store.database import Connection, FinanceDatabase, Row
from include.store.quality_scores import score_of_row
from include.store.streams import read_clock
from include.store.tie_outs import read_tie_outs

NIGHTS = 14
LISTED = 10_000  # exceptions of one cause that a report lists; it counts all
_SQL = Path(__file__).with_name("sql")
# The order of the steps, for stages that began in the same instant or are named anew.
_STAGES = (
    "plan",
    "extract",
    "validate",
    "account",
    "recognise",
    "revalue",
    "tie_out_source",
    "post",
    "tie_out",
    "scores",
)


def read_report(
    database: FinanceDatabase, configuration: Configuration, read_instant: datetime, *, listed: int = LISTED
) -> NightReport:
    """The night with this read instant, as it stands now; also one that failed before anything was committed."""
    with database.transaction() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        night = _Night(connection, read_instant)
        report = NightReport(
            read_instant=read_instant,
            produced_at=read_clock(connection),
            sources=tuple(night.sources(sorted(configuration.sources))),
            equation=tuple(night.equation()),
            entries=tuple(night.entries()),
            exceptions=tuple(night.exceptions(listed)),
            hops=(),
            stages=tuple(night.stages()),
            nights=tuple(night.series()),
            scores=tuple(night.scores()),
        )
    report = replace(report, hops=fold_hops(read_tie_outs(database, read_instant)))
    return replace(report, missing=tuple(find_missing(report, configuration)))


class _Night:
    """The queries of one night on one connection."""

    def __init__(self, connection: Connection, read_instant: datetime) -> None:
        self._connection = connection
        self._read_instant = read_instant

    def sources(self, codes: Sequence[str]) -> Iterable[Source]:
        batches = defaultdict(list)
        for row in self._rows("batches"):
            batches[row.pop("source_code")].append(Batch(**row))
        for row in self._rows("sources", sources=list(codes)):
            done = tuple(batches[row["source_code"]])
            yield Source(row["source_code"], self._state(row, done), row["read_until"], done, row["error"])

    def _state(self, row: Row, batches: tuple[Batch, ...]) -> SourceState:
        if batches:
            return SourceState.ACCOUNTED
        if row["read_until"] and row["read_until"] >= self._read_instant:
            return SourceState.COVERED
        if row["error"]:
            return SourceState.FAILED
        return SourceState.LANDED if row["attempt_state"] == "landed" else SourceState.NOT_READ

    def equation(self) -> Iterable[EquationCell]:
        rows = self._rows("outcomes")
        for (entity, currency), cell in groupby(rows, lambda row: (row["legal_entity_code"], row["currency"])):
            types = tuple(
                _document_type(name, list(group)) for name, group in groupby(cell, lambda row: row["document_type"])
            )
            yield EquationCell(entity, currency, exponent_of(currency), types)

    def entries(self) -> Iterable[Entry]:
        for row in self._rows("entries"):
            total = Amount(row.pop("total_debit_minor"), row.pop("currency"), row.pop("exponent"))
            own = (row.pop("functional_debit_minor"), row.pop("functional_currency"), row.pop("functional_exponent"))
            state, held = EntryState(row.pop("state")), row.pop("held_reason")
            yield Entry(
                **row,
                total=total,
                functional_total=Amount(*own) if own[1] != total.currency else None,
                state=state,
                held_reason=HeldReason(held) if held else None,
            )

    def exceptions(self, listed: int) -> Iterable[CauseGroup]:
        sums = _sums_by_cause(self._rows("exception_sums"))
        known = {
            "currencies": list(CURRENCIES),
            "exponents": [currency.exponent for currency in CURRENCIES.values()],
        }
        rows = self._rows("exceptions", listed=listed, **known)
        for (category, rule), group in groupby(rows, lambda row: (row["category"], row["rule"])):
            of_group, (owners, at_risk) = list(group), sums[category, rule]
            yield CauseGroup(
                category=category,
                rule=rule,
                severity=of_group[0]["severity"],
                suggested_fix=of_group[0]["suggested_fix"],
                owners=owners,
                at_risk=tuple(amount_in(currency, minor) for currency, minor in sorted(at_risk.items())),
                listed=tuple(_open_exception(row) for row in of_group),
            )

    def stages(self) -> Iterable[Stage]:
        rows = self._rows("stages")
        order = {name: place for place, name in enumerate(_STAGES)}
        for row in sorted(rows, key=lambda row: (order.get(row["stage"], len(order)), row["stage"], row["subject"])):
            yield Stage(**row)

    def scores(self) -> Iterable[NightScore]:
        for row in self._rows("scores"):
            before = row.pop("before_bp")
            yield NightScore(score_of_row(row), before)

    def series(self) -> Iterable[NightFigures]:
        rows = self._rows("nights", nights=NIGHTS)
        at_risk = defaultdict(list)
        for row in self._rows("nights_at_risk", since=rows[0]["read_instant"]):
            at_risk[row["read_instant"]].append(amount_in(row["currency"], int(row["total_minor"])))
        for row in rows:
            yield NightFigures(**row, at_risk=tuple(at_risk[row["read_instant"]]))

    def _rows(self, name: str, **parameters: Any) -> list[Row]:
        query: Any = (_SQL / f"{name}.sql").read_bytes()
        return self._connection.execute(query, {"read_instant": self._read_instant, **parameters}).fetchall()


def _document_type(name: str, rows: list[Row]) -> DocumentTypeRow:
    outcomes = dict.fromkeys(OUTCOMES, Tally())
    reasons = []
    for row in rows:
        tally = Tally(row["document_count"], int(row["total_minor"]))
        outcomes[row["outcome"]] += tally
        if row["reason"]:
            reasons.append(Reason(row["outcome"], row["reason"], tally))
    return DocumentTypeRow(name, outcomes, tuple(reasons))


def _sums_by_cause(rows: list[Row]) -> dict[tuple[str, str], tuple[Counter[str], Counter[str]]]:
    """Per cause: how many exceptions each owner has, and how many minor units are at risk per currency."""
    sums: dict[tuple[str, str], tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
    for row in rows:
        owners, at_risk = sums[row["category"], row["rule"]]
        owners[row["owner"]] += row["exception_count"]
        at_risk[row["currency"]] += int(row["amount_minor"])
    return sums


def _open_exception(row: Row) -> OpenException:
    return OpenException(
        at_risk=amount_in(row["currency"], int(row["amount_minor"])),
        legal_entity_code=row["legal_entity_code"],
        subject_type=row["subject_type"],
        subject_id=row["subject_id"],
        owner=row["owner"],
        message=row["message"],
        age_nights=row["age_nights"],
    )
