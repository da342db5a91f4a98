"""What evidence is past its retention, and why it stays all the same. Reads only: Tieout deletes none of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from include.config.configuration import UNASSIGNED
from include.finance.retention import RetentionSettings
from include.store.database import FinanceDatabase
from include.store.retention import OldBatch, batches_before, needed_documents

_RUNS = ("recognition", "revaluation")  # they book what follows from the documents of earlier batches


@dataclass(frozen=True, slots=True)
class PastRetention:
    """A batch of which the retention of every legal entity has ended, and what keeps its evidence; nothing: it could go."""

    batch: OldBatch
    kept_until: date
    kept_by: tuple[str, ...]


def past_retention(database: FinanceDatabase, retention: RetentionSettings, on: date) -> list[PastRetention]:
    """The batches that are past their retention on a day, oldest first.

    A file holds documents of every legal entity of its source, so a batch is kept for as long as the longest of them says. It stays
    under a legal hold of any of them, while it holds the newest version of a document or a booking that stands (the next change of
    that document is reversed from there), and, where it is a run over earlier batches, as long as one of those stays.
    """
    old = batches_before(database, on)
    needed = needed_documents(database, [batch.batch_no for batch in old]) if old else {}
    first_kept: dict[str, int] = {}
    found = []
    for batch in old:
        until = _kept_until(batch, retention)
        kept_by = list(_keepers(batch, retention, needed.get(batch.batch_no, 0)))
        if batch.kind in _RUNS and batch.source_code in first_kept:
            kept_by.append(f"{batch.kind} over batch {first_kept[batch.source_code]}, which stays")
        if until < on:
            found.append(PastRetention(batch, until, tuple(kept_by)))
        if until >= on or kept_by:
            first_kept.setdefault(batch.source_code, batch.batch_no)
    return found


def _kept_until(batch: OldBatch, retention: RetentionSettings) -> date:
    return max(retention.of(code).kept_until(batch.committed_on) for code in _entities(batch))


def _keepers(batch: OldBatch, retention: RetentionSettings, document_count: int) -> Iterator[str]:
    for code in _entities(batch):
        if hold := retention.of(code).hold:
            yield f"legal hold of {code} since {hold.since}: {hold.reason}"
    if document_count:
        yield f"{document_count} documents whose newest version or standing booking it holds"


def _entities(batch: OldBatch) -> tuple[str, ...]:
    """Whose it is; a batch of which nobody knows is kept like anybody's."""
    return batch.legal_entities or (UNASSIGNED,)
