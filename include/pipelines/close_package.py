"""The close package of a legal entity and period: a page and a workbook, kept under evidence by what is in them."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from include.config.configuration import Configuration
from include.evidence.store import EvidenceStore
from include.finance.close_package import Approval, ClosePackage
from include.finance.errors import EvidenceError
from include.finance.money import Money
from include.pipelines.close_figures import close_figures
from include.report.close_page import close_html
from include.report.close_workbook import CloseWorkbook
from include.store.close_facts import journal_lines
from include.store.database import FinanceDatabase


@dataclass(frozen=True, slots=True)
class StoredClosePackage:
    """Where the files of a package lie, their SHA-256, the hash of the trial balance that is approved by them, and what stands in the
    way of signing; of that, `differences` are figures that ought to agree.
    """

    trial_balance_hash: str
    page_path: str
    page_location: str
    page_sha256: str
    workbook_path: str
    workbook_location: str
    workbook_sha256: str
    obstacles: tuple[str, ...]
    differences: tuple[str, ...]


def build_close_package(
    database: FinanceDatabase,
    evidence: EvidenceStore,
    configuration: Configuration,
    legal_entity_code: str,
    period_name: str,
    approvals: Sequence[Approval] = (),
) -> StoredClosePackage:
    """Read one snapshot of the books and keep page and workbook below `close/<legal entity>/<period>/` of the evidence.

    A file is named by its content: the same figures give the same files, and nothing is written twice or over. What is in the way of
    signing stands in the package, it is no error. Raises UnknownNameError for a legal entity or period that is not known,
    NightUnfinishedError while a night waits to be recognised, EvidenceError when evidence is lost or full.
    """
    evidence.scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="close-", dir=evidence.scratch))
    try:
        with database.transaction() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            package = close_figures(
                database, evidence, configuration, connection, legal_entity_code, period_name, approvals
            )
            draft = folder / "workbook.xlsx"
            CloseWorkbook(draft, package).write(journal_lines(connection, legal_entity_code, period_name))
        return _keep(evidence, package, draft)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _keep(evidence: EvidenceStore, package: ClosePackage, draft: Path) -> StoredClosePackage:
    place = close_folder(package.legal_entity_code, package.period_name)
    with draft.open("rb") as content:
        workbook_sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    workbook = f"{place}/{workbook_sha256[:16]}.xlsx"
    put_once(evidence, workbook, workbook_sha256, lambda: evidence.put_file(draft, workbook))
    html = close_html(package, workbook, workbook_sha256)
    page_sha256 = hashlib.sha256(html).hexdigest()
    page = f"{place}/{page_sha256[:16]}.html"
    put_once(evidence, page, page_sha256, lambda: evidence.put_bytes(html, page))
    return StoredClosePackage(
        trial_balance_hash=package.trial_balance.hash,
        page_path=page,
        page_location=evidence.where(page),
        page_sha256=page_sha256,
        workbook_path=workbook,
        workbook_location=evidence.where(workbook),
        workbook_sha256=workbook_sha256,
        obstacles=package.obstacles,
        differences=tuple(
            f"{check.what}: {check.one} and {check.other} differ by {Money(check.difference_minor, check.currency)}"
            for check in package.differing
        ),
    )


def put_once(evidence: EvidenceStore, path: str, sha256: str, put: Callable[[], str]) -> None:
    """Write a file unless it is there: its name is its content, and what is there is held to it."""
    folder = path.rpartition("/")[0]
    if path not in evidence.names(folder):
        try:
            put()
        except EvidenceError:
            # Another run may have been quicker.
            if path not in evidence.names(folder):
                raise
        else:
            return
    if hashlib.sha256(evidence.read_bytes(path)).hexdigest() != sha256:
        raise EvidenceError(
            f"Evidence {evidence.where(path)} was altered: its SHA-256 should be {sha256}. Restore this file from a backup."
        )


def close_folder(legal_entity_code: str, period_name: str) -> str:
    """Where a close lies under evidence."""
    return f"close/{_named(legal_entity_code)}/{_named(period_name)}"


def _named(text: str) -> str:
    """A name of the ERP as the name of a folder."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", text).strip(".") or "_"
