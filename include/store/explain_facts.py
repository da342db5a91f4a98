"""What the finance database knows of a journal entry or a document: where the way to its evidence begins."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from include.evidence.manifest import EvidenceFile, manifest_from_json
from include.store.database import Connection, Row


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """A committed batch, a night or a recognition run: what was read when, by which attempt, configuration and code."""

    batch_no: int
    id: UUID
    kind: str
    source_code: str
    read_instant: datetime
    committed_at: datetime
    attempt_id: UUID
    evidence_path: str
    code_version: str
    rule_set_sha256: str
    files: tuple[EvidenceFile, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class TransitionFacts:
    """One change of state of a journal entry."""

    at: datetime
    actor: str
    attempt_no: int
    from_state: str | None
    to_state: str
    response: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """A journal entry as it stands now. `exponent`: the decimals of its currency; `functional_currency`: the entity's own."""

    id: UUID
    reference: str
    batch_no: int
    erp_code: str
    legal_entity_code: str
    book: str
    period_name: str
    posting_date: date
    currency: str
    exponent: int
    functional_currency: str
    functional_exponent: int
    category: str
    part_no: int
    part_count: int
    description: str
    document_count: int
    total_debit_minor: int
    state: str
    held_reason: str | None
    cause: str | None
    erp_id: str | None
    erp_number: str | None


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """A version of a document and the batch that saw it first."""

    document_uid: UUID
    version_no: int
    batch_no: int
    state: int


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """A booking of an accounting event, or its reversal."""

    document_uid: UUID
    event_type: int
    occurrence: UUID
    booking_no: int
    reverses_no: int | None
    batch_no: int
    journal_entry_id: UUID
    event_date: date
    posting_date: date
    is_superseded: bool


@dataclass(frozen=True, slots=True)
class ExceptionFacts:
    """A cause that waits for a person."""

    cause: str
    category: str
    severity: str
    owner: str
    message: str
    suggested_fix: str
    opened_at: datetime


_ENTRIES = """
select id, reference, batch_no, erp_code, legal_entity_code, book, period_name, posting_date, currency, exponent,
    functional_currency, functional_exponent, category,
    part_no, part_count, description, document_count, total_debit_minor, state, held_reason, cause, erp_id, erp_number
from journal_entry
where reference = upper(%(name)s) or erp_number = %(name)s or id = any(%(ids)s)
order by posting_date, reference
"""


def entries_named(connection: Connection, name: str) -> list[EntryFacts]:
    """The entries with this reference or this number in an ERP."""
    return [EntryFacts(**row) for row in connection.execute(_ENTRIES, {"name": name, "ids": []})]


def entries_by_id(connection: Connection, ids: Collection[UUID]) -> dict[UUID, EntryFacts]:
    """The entries with these ids."""
    rows = connection.execute(_ENTRIES, {"name": None, "ids": list(ids)})
    return {row["id"]: EntryFacts(**row) for row in rows}


def lines_of(connection: Connection, entry_ids: Collection[UUID]) -> list[Row]:
    """The journal lines of entries, in order."""
    return connection.execute(
        "select entry_id::text as entry_id, line_no, account_code, party_key, department, region, product_line, amount_minor,"
        " functional_minor, document_count, line_text, document_uid::text as document_uid from journal_line where entry_id = any(%s) order by entry_id, line_no",
        (list(entry_ids),),
    ).fetchall()


def lines_of_batch(connection: Connection, batch_no: int) -> list[Row]:
    """The journal lines of a batch's entries, whatever became of them, with the reference and content hash of each entry."""
    return connection.execute(
        "select e.reference, encode(e.content_sha256, 'hex') as content_sha256, l.line_no, l.account_code, l.party_key,"
        " l.department, l.region, l.product_line, l.amount_minor, l.functional_minor"
        " from journal_entry as e join journal_line as l on l.entry_id = e.id where e.batch_no = %s",
        (batch_no,),
    ).fetchall()


def given_up_entries(connection: Connection) -> list[str]:
    """The ids of all entries that were given up: what they booked counts as not booked."""
    rows = connection.execute("select id::text as id from journal_entry where state = 'superseded'")
    return [row["id"] for row in rows]


def given_up_before(connection: Connection, batch_no: int) -> list[str]:
    """The ids of the entries that had been given up when a batch was committed."""
    rows = connection.execute(
        "select distinct t.journal_entry_id::text as id from posting_transition as t where t.to_state = 'superseded'"
        " and t.at < (select b.committed_at from batch as b where b.batch_no = %s)",
        (batch_no,),
    )
    return [row["id"] for row in rows]


def transitions_of(connection: Connection, entry_id: UUID) -> tuple[TransitionFacts, ...]:
    """How an entry came to its state, the first change first."""
    rows = connection.execute(
        "select at, actor, attempt_no, from_state, to_state, response, detail from posting_transition"
        " where journal_entry_id = %s order by at, attempt_no",
        (entry_id,),
    )
    return tuple(TransitionFacts(**row) for row in rows)


def batches_of(connection: Connection, batch_numbers: Collection[int]) -> dict[int, BatchFacts]:
    """The batches with these numbers."""
    return {each.batch_no: each for each in _batches(connection, list(batch_numbers))}


def recognition_batches(connection: Connection, source_codes: Collection[str]) -> dict[int, BatchFacts]:
    """The runs of recognition and revaluation of sources, and what reclassified them: what they took of a document stands in evidence alone."""
    rows = connection.execute(
        "select batch_no from batch where kind <> 'night' and source_code = any(%s)",
        (list(source_codes),),
    )
    return batches_of(connection, [row["batch_no"] for row in rows])


def all_batches(connection: Connection) -> list[BatchFacts]:
    """Every committed batch, the oldest first."""
    return _batches(connection, None)


def _batches(connection: Connection, numbers: list[int] | None) -> list[BatchFacts]:
    rows = connection.execute(
        "select b.batch_no, b.id, b.kind, b.source_code, b.read_instant, b.committed_at, b.attempt_id, t.evidence_path,"
        " b.code_version, b.rule_set_sha256, b.manifest as files"
        " from batch as b join attempt as t on t.id = b.attempt_id"
        " where %(numbers)s::bigint[] is null or b.batch_no = any(%(numbers)s::bigint[]) order by b.batch_no",
        {"numbers": numbers},
    )
    return [BatchFacts(**(row | {"files": tuple(manifest_from_json(row["files"]))})) for row in rows]


def versions_of(connection: Connection, uids: Collection[UUID]) -> list[VersionFacts]:
    """All versions of documents, the oldest first."""
    rows = connection.execute(
        "select document_uid, version_no, batch_no, state from every_version where document_uid = any(%s)"
        " order by document_uid, version_no",
        (list(uids),),
    )
    return [VersionFacts(**row) for row in rows]


def bookings_of(connection: Connection, uids: Collection[UUID]) -> list[BookingFacts]:
    """All bookings and reversals of documents, batch by batch."""
    rows = connection.execute(
        "select document_uid, event_type, occurrence, booking_no, reverses_no, batch_no, journal_entry_id, event_date,"
        " posting_date, is_superseded from event_booking where document_uid = any(%s)"
        " order by document_uid, batch_no, event_date, event_type, occurrence, booking_no",
        (list(uids),),
    )
    return [BookingFacts(**row) for row in rows]


def open_exceptions_of(connection: Connection, uid: UUID, references: Sequence[str]) -> tuple[ExceptionFacts, ...]:
    """The open exceptions of a document and of the journal entries with these references."""
    rows = connection.execute(
        "select cause, category, severity, owner, message, suggested_fix, opened_at from exception where state = 'open'"
        " and (subject_uid = %s or (subject_type = 'journal_entry' and subject_id = any(%s))) order by opened_at, cause",
        (uid, list(references)),
    )
    return tuple(ExceptionFacts(**row) for row in rows)
