"""The report of a night: read from the finance database, and written beside the evidence as JSON and as a page."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from include.config.configuration import Configuration
from include.evidence.store import EvidenceStore
from include.pipelines.close_checklist import next_to_close, read_checklist
from include.report.as_html import report_html
from include.report.as_json import report_json
from include.report.model import NightReport
from include.store.database import FinanceDatabase


@dataclass(frozen=True, slots=True)
class StoredReport:
    """Where a report lies."""

    json_location: str
    html_location: str


def store_report(report: NightReport, evidence: EvidenceStore) -> StoredReport:
    """Write a report's JSON and page, once, under the instant it was read at; the newest has the last name.

    Written again, it is a report of its own. Raises EvidenceError.
    """
    content = report_json(report)
    path = f"reports/{_label(report.read_instant)}/{_label(report.produced_at, '.%f')}"
    json_location = evidence.put_bytes(content, f"{path}.json")
    page = report_html(report, json_location, hashlib.sha256(content).hexdigest())
    return StoredReport(json_location, evidence.put_bytes(page, f"{path}.html"))


def with_closing(report: NightReport, database: FinanceDatabase, configuration: Configuration) -> NightReport:
    """The report with what would stand in the way if each legal entity closed its next period now."""
    found = []
    with database.transaction() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        for code in sorted(configuration.legal_entities):
            name = next_to_close(connection, configuration, code, report.produced_at)
            if name is not None:
                found.append(read_checklist(connection, configuration, code, name, report.produced_at))
    return replace(report, closing=tuple(found))


def stored_lines(stored: StoredReport) -> list[str]:
    """Where a report lies, for the console and the task's log."""
    return [f"Report, to read: {stored.html_location}", f"Report, as JSON:  {stored.json_location}"]


def _label(instant: datetime, fraction: str = "") -> str:
    return instant.astimezone(UTC).strftime(f"%Y%m%dT%H%M%S{fraction}Z")
