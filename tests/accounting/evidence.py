"""What a batch left in evidence, for tests to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from include.evidence.manifest import EvidenceFile, manifest_from_json
from include.pipelines.account import Accounted

if TYPE_CHECKING:
    from tests.accounting.company import Company


def files_of(company: Company, accounted: Accounted, dataset: str) -> list[EvidenceFile]:
    """The files of one dataset that a batch names."""
    [row] = company.rows("select manifest from batch where id = %s", accounted.batch_id)
    return [file for file in manifest_from_json(row["manifest"]) if file.dataset == dataset]


def decisions(company: Company, accounted: Accounted) -> list[dict[str, Any]]:
    """The decision about each document of a batch."""
    return _rows(company, accounted, "decisions")


def entries(company: Company, accounted: Accounted) -> list[dict[str, Any]]:
    """The subledger entries of a batch, each with its booking and its document."""
    named = {row["document_uid"]: row for row in decisions(company, accounted)}
    booked = {row["booking_id"]: row for row in bookings(company, accounted)}
    told = [booked[row["booking_id"]] | row for row in _rows(company, accounted, "subledger_entries")]
    return [named[row["document_uid"]] | row for row in told]


def bookings(company: Company, accounted: Accounted) -> list[dict[str, Any]]:
    """The events that a batch booked or reversed."""
    return _rows(company, accounted, "bookings")


def _rows(company: Company, accounted: Accounted, dataset: str) -> list[dict[str, Any]]:
    paths = company.evidence.fetch(files_of(company, accounted, dataset))
    return duckdb.read_parquet(paths).to_arrow_table().to_pylist() if paths else []
