"""Give up a journal entry that the ERP does not have: its events count as not booked, its documents are read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.evidence.decided import read_decided
from include.evidence.store import EvidenceStore
from include.finance.entity import LegalEntity
from include.finance.errors import EvidenceError
from include.pipelines.standing import standing
from include.ports.canonical import BUCKETS
from include.ports.erp import Erp
from include.ports.log import about_entry
from include.ports.postings import EntityJournal, RetriedDocument
from include.store.database import FinanceDatabase
from include.store.landed import evidence_of_batches

_BYTES = pa.binary(16)


@dataclass(frozen=True, slots=True)
class Unposted:
    """An entry that is not in the ledger, and the batch whose evidence tells which documents it holds."""

    id: UUID
    reference: str
    batch_no: int
    source_code: str


@dataclass(frozen=True, slots=True)
class GiveUpDesk:
    """What giving up needs: the finance database, evidence, and the entity's ERP."""

    database: FinanceDatabase
    evidence: EvidenceStore
    erp: Erp
    entity: LegalEntity


def give_up(desk: GiveUpDesk, journal: EntityJournal, entry: Unposted, *, reason: str, actor: str) -> int | None:
    """Supersede an entry under its entity's lock; returns how many documents are read again, None where the ERP has it.

    Raises LeaseHeldError when the entry is on its way or in the ledger, SystemUnreachableError, EvidenceError.
    """
    # Asked while nobody else may send: what the ERP has of it, even a draft, must not be booked a second time.
    with about_entry(entry.reference, entry.id):
        if standing(desk.erp, desk.entity, desk.erp.find(desk.entity, entry.reference)):
            return None
        documents = _documents_of(desk, entry)
        journal.supersede([entry.id], documents, reason, actor)
        return len(documents)


def _documents_of(desk: GiveUpDesk, entry: Unposted) -> list[RetriedDocument]:
    found: list[RetriedDocument] = []
    for bucket in range(BUCKETS):
        bookings, decisions = (
            desk.evidence.fetch(evidence_of_batches(desk.database, [entry.batch_no], dataset, [bucket]))
            for dataset in ("bookings", "decisions")
        )
        for booked in bookings:
            found += _retried(entry, booked, decisions)
    return found


def _retried(entry: Unposted, bookings: str, decisions: list[str]) -> Iterator[RetriedDocument]:
    """The documents of one bucket that the entry holds, as the decisions of the same night name them."""
    booked = pq.read_table(bookings, columns=["document_uid", "journal_entry_id"])
    ours = booked.filter(pc.equal(booked["journal_entry_id"].cast(_BYTES), pa.scalar(entry.id.bytes, _BYTES)))
    found = read_decided(decisions, ["document_uid", "document_type", "native_id"], ours["document_uid"])
    rows = found.to_pylist() if found else []
    # A document that nobody reads again would be missing from the books for good.
    if {row["document_uid"] for row in rows} != set(ours["document_uid"].to_pylist()):
        raise EvidenceError(
            f"Journal entry {entry.reference}: evidence of batch {entry.batch_no} has bookings of documents without a "
            f"decision ({bookings}). Restore that batch's decisions from a backup; the entry was not given up."
        )
    for row in rows:
        yield RetriedDocument(row["document_uid"], entry.source_code, row["document_type"], row["native_id"])
