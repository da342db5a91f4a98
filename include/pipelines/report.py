"""The night as people read it: what became of every document, the entries and their ERP numbers, what needs a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from include.config.currencies import CURRENCIES
from include.finance.money import format_minor
from include.store.database import FinanceDatabase

OUTCOMES = ("new", "changed", "deleted", "unchanged", "excluded", "quarantined", "held")

_OUTCOMES_OF_NIGHT = """
select o.legal_entity_code, o.currency, o.outcome, sum(o.document_count)::bigint as document_count, sum(o.total_minor)::bigint as total_minor
from batch_outcome as o
join batch as b on b.batch_no = o.batch_no
where b.read_instant = %s
group by o.legal_entity_code, o.currency, o.outcome
"""
_ENTRIES_OF_NIGHT = """
select e.legal_entity_code, e.posting_date, e.category, e.currency, e.exponent, e.total_debit_minor, e.document_count, e.reference,
    e.erp_number, e.state, e.held_reason, e.cause
from journal_entry as e
join batch as b on b.batch_no = e.batch_no
where b.read_instant = %s
order by e.legal_entity_code, e.posting_date, e.category, e.currency, e.part_no
"""
_OPEN_EXCEPTIONS = """
select severity, category, owner, legal_entity_code, currency, amount_minor::bigint as amount_minor, message, suggested_fix
from exception
where state = 'open'
order by array_position(array['critical', 'high', 'medium', 'low'], severity), amount_minor desc, message
"""


@dataclass(frozen=True, slots=True)
class NightReport:
    """A night's figures as rows of the finance database; amounts in minor units."""

    read_instant: datetime
    outcomes: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    exceptions: list[dict[str, Any]]


def read_report(database: FinanceDatabase, read_instant: datetime) -> NightReport:
    """Gather the report of the night with this read instant, and all open exceptions."""
    with database.transaction() as connection:
        return NightReport(
            read_instant,
            connection.execute(_OUTCOMES_OF_NIGHT, (read_instant,)).fetchall(),
            connection.execute(_ENTRIES_OF_NIGHT, (read_instant,)).fetchall(),
            connection.execute(_OPEN_EXCEPTIONS).fetchall(),
        )


def outcome_table(report: NightReport) -> list[tuple[str, ...]]:
    """One row per legal entity and currency, UNASSIGNED first: extracted, then each outcome, as counts; last the gross extracted."""
    cells: dict[tuple[str, str], dict[str, int]] = {}
    gross: dict[tuple[str, str], int] = {}
    for row in report.outcomes:
        key = (row["legal_entity_code"], row["currency"])
        cells.setdefault(key, {})[row["outcome"]] = row["document_count"]
        gross[key] = gross.get(key, 0) + row["total_minor"]
    ordered = sorted(cells, key=lambda key: (key[0] != "UNASSIGNED", key))
    return [
        (
            *key,
            str(sum(cells[key].values())),
            *(str(cells[key].get(outcome, 0)) for outcome in OUTCOMES),
            amount_text(gross[key], key[1]),
        )
        for key in ordered
    ]


def amount_text(minor: int, currency: str) -> str:
    """An amount for reading; minor units as they are where the currency is unknown."""
    known = CURRENCIES.get(currency)
    return format_minor(minor, known.exponent) if known else f"{minor} (minor units)"


def report_lines(report: NightReport) -> list[str]:
    """The report as plain text, for the task log."""
    lines = [f"Night of {report.read_instant.isoformat()}", "", "Documents (counts; gross of all extracted):"]
    header = ("entity", "currency", "extracted", *OUTCOMES, "gross")
    lines += _columns([header, *outcome_table(report)])
    lines += ["", f"Journal entries: {len(report.entries)}"]
    if report.entries:
        lines += _columns(
            [
                ("entity", "date", "category", "total", "documents", "reference", "ERP number", "state"),
                *(
                    (
                        row["legal_entity_code"],
                        row["posting_date"].isoformat(),
                        row["category"],
                        f"{format_minor(row['total_debit_minor'], row['exponent'])} {row['currency']}",
                        str(row["document_count"]),
                        row["reference"],
                        row["erp_number"] or "-",
                        row["state"] + (f" ({row['held_reason']})" if row["held_reason"] else ""),
                    )
                    for row in report.entries
                ),
            ]
        )
    else:
        lines.append("  nothing new to post")
    lines += ["", f"Exceptions open: {len(report.exceptions)}"]
    for row in report.exceptions:
        lines.append(
            f"  [{row['severity']}] {amount_text(row['amount_minor'], row['currency'])} {row['currency']} {row['message']}"
        )
        lines.append(f"      {row['owner']}: {row['suggested_fix']}")
    return lines


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
