"""Reversals of posted entries in the finance database: who proposed what, the answer, the one commit, and what is lifted again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pyarrow as pa

from include.finance.errors import EntryReversalError
from include.store.database import Connection, FinanceDatabase
from include.store.reclassifications import commit_worked_out
from include.store.register import BatchCommit, BatchHeader, fetch_columns, register_sql

APPROVED, REFUSED = "approved", "refused"
_SHORTEST = 8  # characters by which a hash may be called
_KEEP = """
insert into entry_reversal (sha256, source_code, legal_entity_code, reference, documents, is_rebooked, reason, rule_set_sha256, event_count,
    entry_count, document_count, report, run_id, proposed_by)
values (%(sha256)s, %(source_code)s, %(legal_entity_code)s, %(reference)s, %(documents)s, %(is_rebooked)s, %(reason)s, %(rule_set_sha256)s,
    %(event_count)s, %(entry_count)s, %(document_count)s, %(report)s, %(run_id)s, %(proposed_by)s)
on conflict (sha256) where answer is distinct from 'refused' do nothing
"""
_NAMED = """
select * from entry_reversal where starts_with(sha256, %s) order by answer is not distinct from 'refused', reversal_no desc
"""
_ANSWER = """
update entry_reversal set answer = %s, answered_by = %s, answered_at = clock_timestamp()
where reversal_no = %s and answer is null
"""
_LIFT = """
update withdrawn_event
set lifted_by = %(by)s, lifted_at = clock_timestamp(), lifted_reason = %(reason)s
where document_uid = any(%(uids)s) and lifted_at is null
returning document_uid, source_code, document_type, native_id
"""
_READ_AGAIN = """
insert into document_retry (document_uid, source_code, document_type, native_id, reason)
values (%(document_uid)s, %(source_code)s, %(document_type)s, %(native_id)s, 'lifted')
on conflict (document_uid) do nothing
"""
_BOOKED = "select batch_no, reference, state from journal_entry where batch_no = any(%s) order by reference"
# A comparison under way must not be committed against what is being lifted.
_MOVE_STREAM = "update source_stream set generation = generation + 1 where source_code = any(%s)"


@dataclass(frozen=True, slots=True)
class EntryReversal:
    """What one person proposed, the other's answer, and the batch that it became. `documents` is empty for the whole entry."""

    sha256: str
    source_code: str
    legal_entity_code: str
    reference: str
    documents: Sequence[str]
    is_rebooked: bool
    reason: str
    rule_set_sha256: str
    event_count: int
    entry_count: int
    document_count: int
    report: str
    proposed_by: str
    run_id: str = ""
    reversal_no: int = 0
    proposed_at: datetime | None = None
    answer: str | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None
    batch_no: int | None = None


@dataclass(frozen=True, slots=True)
class ReversedBy:
    """An approved reversal as one sees it from the entry that it takes back; `entries` are what it booked, by reference and state."""

    reversal: EntryReversal
    entries: tuple[tuple[str, str], ...]


def read_scope(database: FinanceDatabase, batch_no: int, entry_id: UUID) -> pa.Table:
    """The events that an entry booked and that still stand: document_uid, event_type, occurrence."""
    with database.columns() as connection, connection.cursor() as cursor:
        for name, value in (("batch_no", str(batch_no)), ("entry_id", str(entry_id))):
            cursor.execute("select set_config($1, $2, true)", (f"tieout.{name}", value))
            cursor.fetchall()
        return fetch_columns(cursor, "reverse/scope")


def keep_reversal(database: FinanceDatabase, reversal: EntryReversal) -> EntryReversal:
    """Write a proposal down, and return it as it stands: the first to propose the same is who proposed it."""
    columns: dict[str, Any] = {name: getattr(reversal, name) for name in EntryReversal.__slots__}
    with database.transaction() as connection:
        connection.execute(_KEEP, columns | {"documents": list(reversal.documents)})
    return find_reversal(database, reversal.sha256)


def find_reversal(database: FinanceDatabase, sha256: str) -> EntryReversal:
    """The proposal whose hash begins so; one that was refused only where there is no other. Raises EntryReversalError."""
    with database.transaction() as connection:
        rows = connection.execute(_NAMED, (sha256.strip().lower(),)).fetchall()
    standing = [row for row in rows if row["answer"] != REFUSED] or rows[:1]
    if len(standing) != 1 or len(sha256.strip()) < _SHORTEST:
        raise EntryReversalError(
            f"{len(standing) or 'No'} proposals have a hash that begins with {sha256!r}. Give at least eight characters of the one that "
            "`make reverse-entry` printed; table tieout.entry_reversal lists all."
        )
    return EntryReversal(**standing[0])


def reversal_by_number(database: FinanceDatabase, reversal_no: int) -> EntryReversal:
    """The proposal with this number. Raises EntryReversalError."""
    with database.transaction() as connection:
        row = connection.execute("select * from entry_reversal where reversal_no = %s", (reversal_no,)).fetchone()
    if row is None:
        raise EntryReversalError(
            f"There is no reversal with number {reversal_no}; table tieout.entry_reversal lists all."
        )
    return EntryReversal(**row)


def reversals_of(connection: Connection, batch_numbers: Collection[int]) -> tuple[EntryReversal, ...]:
    """The approved reversals that these batches are."""
    rows = connection.execute(
        "select * from entry_reversal where batch_no = any(%s) order by batch_no", (list(batch_numbers),)
    )
    return tuple(EntryReversal(**row) for row in rows)


def reversed_by(connection: Connection, references: Collection[str]) -> tuple[ReversedBy, ...]:
    """What took these entries, or documents of them, back on people's word."""
    rows = connection.execute(
        "select * from entry_reversal where reference = any(%s) and batch_no is not null order by batch_no",
        (list(references),),
    )
    reversals = [EntryReversal(**row) for row in rows]
    booked: dict[int, list[tuple[str, str]]] = {}
    for row in connection.execute(_BOOKED, ([each.batch_no for each in reversals],)):
        booked.setdefault(row["batch_no"], []).append((row["reference"], row["state"]))
    return tuple(ReversedBy(each, tuple(booked.get(each.batch_no or 0, ()))) for each in reversals)


def answer_reversal(database: FinanceDatabase, reversal: EntryReversal, answer: str, by: str) -> EntryReversal:
    """Write the answer down, once: the first one counts, and is returned with the proposal."""
    with database.transaction() as connection:
        connection.execute(_ANSWER, (answer, by, reversal.reversal_no))
    return reversal_by_number(database, reversal.reversal_no)


def commit_reversal(
    commit: BatchCommit,
    header: BatchHeader,
    rows: Callable[[str], pa.Table],
    reversal: EntryReversal,
    withdrawn: pa.Table,
    recognised_batch_no: int | None,
) -> None:
    """Commit a reversal whose bookings are copied already, with what stays out of the books, and end the transaction.

    Raises what `commit_worked_out` raises, and GenerationMovedError when another process has booked it meanwhile.
    """

    def approve() -> bool:
        number = pa.table({"reversal_no": pa.array([reversal.reversal_no], pa.int64())})
        commit.copy_aside("new_reversal", number)
        if commit.rows(register_sql("reverse/booked")).num_rows != 1:
            return False
        if withdrawn.num_rows:
            commit.copy_aside("new_withdrawn", withdrawn)
            commit.execute(register_sql("reverse/withdrawn"))
            commit.copy_aside("new_retry", rows("new_retry"))
            commit.execute(register_sql("reverse/retry"))
        return True

    about = f"reversal {reversal.sha256[:12]}"
    commit_worked_out(commit, header, rows, recognised_batch_no, about, approve)


def lift_documents(database: FinanceDatabase, uids: Collection[UUID], by: str, reason: str) -> int:
    """Let nights book again what was taken out of the books of documents, and read them again; how many events."""
    with database.transaction() as connection:
        sources = connection.execute(
            "select distinct source_code from withdrawn_event where document_uid = any(%s) and lifted_at is null",
            (list(uids),),
        ).fetchall()
        # The stream first: a night that was compared before this waits here, or commits before it.
        connection.execute(_MOVE_STREAM, ([row["source_code"] for row in sources],))
        lifted = connection.execute(_LIFT, {"by": by, "reason": reason, "uids": list(uids)}).fetchall()
        for row in lifted:
            connection.execute(_READ_AGAIN, row)
    return len(lifted)
