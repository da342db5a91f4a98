"""The report of a night: read from the finance database, and written beside the evidence as JSON and as a page."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from include.evidence.store import EvidenceStore
from include.report.as_html import report_html
from include.report.as_json import report_json
from include.report.model import NightReport


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


def stored_lines(stored: StoredReport) -> list[str]:
    """Where a report lies, for the console and the task's log."""
    return [f"Report, to read: {stored.html_location}", f"Report, as JSON:  {stored.json_location}"]


def _label(instant: datetime, fraction: str = "") -> str:
    return instant.astimezone(UTC).strftime(f"%Y%m%dT%H%M%S{fraction}Z")
