"""What reversing a posted entry would book: worked out from evidence, as often as somebody asks. Nothing is written here.

The events of the entry that still stand are undone from their stored entries. Where they are booked anew, the rules in force do that;
where they are to stay out of the books, what rests on them is undone with them: later events of the same document, and what is
applied to an invoice that leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from include.finance.events import CATALOGUE, EVENTS
from include.pipelines.account import AccountingDesk
from include.pipelines.explain_evidence import buckets_of
from include.pipelines.reclassified import Reckoning
from include.pipelines.reclassify_reckoning import ReckoningWork, open_work
from include.pipelines.whatif import LeftOut
from include.ports.canonical import BUCKETS
from include.store.explain_facts import EntryFacts

EVER = (date.min, date.max)
_WITHDRAWN = pa.schema(
    [("document_uid", pa.string()), ("event_type", pa.int16()), ("occurrence", pa.string())]
    + [(name, pa.string()) for name in ("document_type", "native_id")]
)
_NAMES = {event.code: event.name for event in CATALOGUE}


@dataclass(frozen=True, slots=True)
class ReversalAsked:
    """What a person wants reversed: an entry, whole or of it the documents `<type>:<native id>`; booked anew, or out of the books."""

    entry: EntryFacts
    documents: Mapping[str, UUID]
    is_rebooked: bool
    reason: str

    def to_json(self) -> dict[str, Any]:
        """As the hash of the proposal has it."""
        return {
            "reference": self.entry.reference,
            "documents": sorted(self.documents),
            "is_rebooked": self.is_rebooked,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class ReversedCell:
    """What a reversal undoes and books anew on an account in a period, in its entity's own currency; `documents` names the largest."""

    legal_entity_code: str
    period_name: str
    account_code: str
    currency: str
    held_reason: str | None
    reversed_minor: int
    booked_minor: int
    document_count: int
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakenAlong:
    """Events that rest on what is reversed and go with it."""

    event: str
    document_count: int
    documents: tuple[str, ...]


@dataclass(slots=True)
class ReversalReckoning:
    """What a reversal would book, while its working tables are at hand; `scope` are the events asked for that it reverses."""

    found: Reckoning
    scope: pa.Table
    cells: tuple[ReversedCell, ...] = ()
    along: tuple[TakenAlong, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    document_count: int = field(default=0)


@contextmanager
def reckon_reversal(
    desk: AccountingDesk, source_code: str, asked: ReversalAsked, events: pa.Table
) -> Iterator[ReversalReckoning]:
    """Work a reversal out. `events` are those of the entry that stand, and that it is about.

    Raises EvidenceError for evidence that is lost, UnbalancedEntryError and ConfigurationError where the rules of today do not come
    to entries.
    """
    with open_work(desk, source_code) as work:
        work.prepare(EVER)
        work.work.table("scope_event", events)
        chosen = work.choose(*_chosen_by(asked, events))
        work.work.run("reversed_documents")
        landed = work.landed(chosen)
        engine = work.engine()
        if asked.is_rebooked:
            engine.reopen(events, dates_anew=True)
        else:
            engine.withdraw(events)
        work.book(engine, landed)
        # What was recognised of an invoice that leaves the books, the next run of recognition takes back.
        moves = work.moves() if asked.is_rebooked else None
        found = work.found(engine, moves, landed, events, work.move(moves) if moves else [])
        yield _told(work, found)


def _chosen_by(asked: ReversalAsked, events: pa.Table) -> tuple[range | list[int], *tuple[str, ...]]:
    """In which buckets to look for documents, and by which SQL: what is applied to an invoice may lie in any."""
    invoices = pc.any(pc.equal(events["event_type"], EVENTS["invoice.issued"].code)).as_py()
    if invoices and not asked.is_rebooked:
        return range(BUCKETS), "scoped_documents", "applying_documents"
    return buckets_of([str(uid) for uid in set(events["document_uid"].to_pylist())]), "scoped_documents"


def _told(work: ReckoningWork, found: Reckoning) -> ReversalReckoning:
    work.decided(found.made)
    work.view_made(found.made)
    work.work.run("reversed_events")
    told = ReversalReckoning(found, work.work.fetch("reversed_scope").cast(_WITHDRAWN))
    told.cells = tuple(ReversedCell(**row) for row in work.listed("reversed_cells"))  # type: ignore[arg-type]
    told.along = tuple(
        TakenAlong(_NAMES[row.pop("event_type")], **row)  # type: ignore[arg-type, index]
        for row in work.listed("reversed_along")
    )
    told.left_out = work.left_out()
    told.document_count = int(work.work.rows("reclassified_total")[0]["document_count"])
    return told
