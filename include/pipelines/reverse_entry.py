"""Reverse a posted entry, whole or the documents of it that are named: by a new entry, on two people's word.

One person proposes: what it would book is worked out and kept under a hash over all of it. Another person approves that hash: it is
worked out again, and only if it still comes to the same, a batch of kind `reverse_entry` is committed, with what is to stay out of the
books. Dying anywhere before that commit leaves nothing that counts; after it, asking again finds the batch. The next night posts its
entries like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pyarrow as pa

from include.finance.errors import EntryReversalError, GenerationMovedError, UnknownNameError
from include.finance.exception_desk import is_same_person
from include.finance.period_close import PersonRole, has_role
from include.pipelines.account import AccountingDesk
from include.pipelines.explain_names import document_uid, find_entry
from include.pipelines.reclassify_asked import document_parts
from include.pipelines.reverse_reckoning import ReversalAsked, ReversalReckoning, reckon_reversal
from include.pipelines.reverse_report import reversal_markdown
from include.pipelines.worked_out import commit_reckoning
from include.store.database import Connection
from include.store.entry_reversals import (
    APPROVED,
    REFUSED,
    EntryReversal,
    answer_reversal,
    commit_reversal,
    find_reversal,
    keep_reversal,
    lift_documents,
    read_scope,
    reversal_by_number,
)
from include.store.explain_facts import EntryFacts, batches_of
from include.store.people import controllers, role_spans
from include.store.register import BatchCommit, BatchHeader
from include.store.streams import read_clock

_TRIES = 5
_POSTED = ("posted", "verified")
_REVERSIBLE = ("night", "reclassify", "reverse_entry")  # batches whose bookings the register knows by event


@dataclass(frozen=True, slots=True)
class ReversalWanted:
    """What a person says: the entry's reference, documents of it (none: all), booked anew or out of the books, and why."""

    reference: str
    documents: tuple[str, ...]
    is_rebooked: bool
    reason: str


def propose_reversal(desk: AccountingDesk, wanted: ReversalWanted, by: str, run_id: str = "") -> EntryReversal:
    """Work out what a reversal would book, and keep it as a proposal; it books nothing.

    Raises UnknownNameError for an entry or document that is not there, EntryReversalError for what cannot be reversed, and what
    `reckon_reversal` raises.
    """
    by = _said_by(by)
    source_code, asked, events = _asked(desk, wanted)
    with reckon_reversal(desk, source_code, asked, events) as found:
        if not found.scope.num_rows:
            raise EntryReversalError(
                f"Nothing of entry {asked.entry.reference} can be reversed.\n{reversal_markdown(asked, found)}"
            )
        proposal = EntryReversal(
            sha256=_sha256(desk, asked, found),
            source_code=source_code,
            legal_entity_code=asked.entry.legal_entity_code,
            reference=asked.entry.reference,
            documents=sorted(asked.documents),
            is_rebooked=asked.is_rebooked,
            reason=asked.reason,
            rule_set_sha256=desk.configuration.sha256,
            event_count=found.scope.num_rows,
            entry_count=found.found.entry_count,
            document_count=found.document_count,
            report=reversal_markdown(asked, found),
            proposed_by=by,
            run_id=run_id,
        )
    return keep_reversal(desk.database, proposal)


def approve_reversal(desk: AccountingDesk, sha256: str, by: str) -> EntryReversal:
    """Say yes to a proposal as a second person, and book it, once. Safe to call again at any time.

    Raises EntryReversalError for the person who proposed it, for one that was refused, and where it would come to something else by now.
    """
    reversal = find_reversal(desk.database, sha256)
    return book_reversal(desk, take_answer(desk, reversal.reversal_no, by, is_approved=True).reversal_no)


def take_answer(desk: AccountingDesk, reversal_no: int, by: str, *, is_approved: bool) -> EntryReversal:
    """Write the second person's answer down; the first one counts. Raises EntryReversalError where it does not count."""
    reversal, by = reversal_by_number(desk.database, reversal_no), _said_by(by)
    if is_approved and is_same_person(by, reversal.proposed_by):
        raise EntryReversalError(
            f"Reversal {reversal.sha256[:12]} was proposed by {reversal.proposed_by}, and nobody approves their own: a second person does "
            "(BY=...). Nothing was booked."
        )
    reversal = answer_reversal(desk.database, reversal, APPROVED if is_approved else REFUSED, by)
    if is_approved and reversal.answer != APPROVED:
        raise EntryReversalError(
            f"Reversal {reversal.sha256[:12]} was refused by {reversal.answered_by}. Nothing was booked; propose it again if it is needed."
        )
    return reversal


def reversal_asked(desk: AccountingDesk, reversal_no: int) -> tuple[EntryReversal, list[str]]:
    """What a second person is asked in Airflow, and which controllers may answer."""
    reversal = reversal_by_number(desk.database, reversal_no)
    with desk.database.transaction() as connection:
        today = _today(desk, reversal, connection)
        return reversal, controllers(connection, reversal.legal_entity_code, today, but=reversal.proposed_by)


def take_controllers_answer(desk: AccountingDesk, reversal_no: int, by: str, *, is_approved: bool) -> EntryReversal:
    """Write an answer from Airflow down. Raises EntryReversalError where it does not count: a yes takes a controller of the legal entity."""
    reversal = reversal_by_number(desk.database, reversal_no)
    with desk.database.transaction() as connection:
        today = _today(desk, reversal, connection)
        is_controller = has_role(role_spans(connection), by, PersonRole.CONTROLLER, reversal.legal_entity_code, today)
    if is_approved and not is_controller:
        raise EntryReversalError(
            f"{by} is no controller of legal entity {reversal.legal_entity_code} (`make access-review` lists who is). Nothing was booked."
        )
    return take_answer(desk, reversal_no, by, is_approved=is_approved)


def _today(desk: AccountingDesk, reversal: EntryReversal, connection: Connection) -> date:
    return desk.configuration.legal_entities[reversal.legal_entity_code].local_date(read_clock(connection))


def book_reversal(desk: AccountingDesk, reversal_no: int) -> EntryReversal:
    """Commit what a second person has approved, once; returns it with its batch. Safe to call again at any time.

    Raises EntryReversalError where nobody has approved it, and where it would come to something else by now.
    """
    for _ in range(_TRIES):
        reversal = reversal_by_number(desk.database, reversal_no)
        if reversal.answer != APPROVED:
            raise EntryReversalError(
                f"Reversal {reversal.sha256[:12]} of entry {reversal.reference} is approved by nobody. Nothing was booked."
            )
        if reversal.batch_no is not None:
            return reversal
        try:
            _book_once(desk, reversal)
        except (GenerationMovedError, EntryReversalError) as error:
            # Another process was quicker: what it booked is what this one found changed.
            is_booked = reversal_by_number(desk.database, reversal_no).batch_no is not None
            if isinstance(error, EntryReversalError) and not is_booked:
                raise
    reversal = reversal_by_number(desk.database, reversal_no)
    if reversal.batch_no is not None:
        return reversal
    raise GenerationMovedError(
        f"Source {reversal.source_code}: nights committed {_TRIES} times while the reversal was being compared; approve it again."
    )


def lift_reversal(desk: AccountingDesk, documents: Collection[str], by: str, reason: str) -> int:
    """Let the next nights book documents again that a reversal took out of the books; how many events that concerns.

    Raises EntryReversalError where none of them was taken out.
    """
    by = _said_by(by)
    if not reason.strip():
        raise EntryReversalError("Say why it is to be booked again: REASON='the customer exists after all'.")
    uids = {
        document_uid(code, source.tenant, *document_parts(name))
        for name in documents
        for code, source in desk.configuration.sources.items()
    }
    count = lift_documents(desk.database, uids, by, reason.strip())
    if not count:
        raise EntryReversalError(
            f"Nothing of {', '.join(sorted(documents))} is out of the books by a reversal; table tieout.withdrawn_event lists what is."
        )
    return count


def _book_once(desk: AccountingDesk, reversal: EntryReversal) -> None:
    wanted = ReversalWanted(reversal.reference, tuple(reversal.documents), reversal.is_rebooked, reversal.reason)
    try:
        source_code, asked, events = _asked(desk, wanted)
    except EntryReversalError as error:
        raise EntryReversalError(f"{_changed(reversal)} {error} Nothing was booked.") from error
    with reckon_reversal(desk, source_code, asked, events) as found:
        if _sha256(desk, asked, found) != reversal.sha256:
            raise EntryReversalError(
                f"{_changed(reversal)} Today it would come to {found.found.entry_count} journal entries of {found.document_count} documents. "
                "Propose it again (`make reverse-entry`) and have that approved. Nothing was booked."
            )
        withdrawn = found.scope.slice(0, 0) if asked.is_rebooked else found.scope
        recognised = found.found.standing.recognised_batch_no

        def end(commit: BatchCommit, header: BatchHeader) -> None:
            commit_reversal(commit, header, found.found.rows, reversal, withdrawn, recognised)

        commit_reckoning(desk, found.found, "reverse_entry", end)


def _changed(reversal: EntryReversal) -> str:
    return (
        f"Reversal {reversal.sha256[:12]} came to {reversal.entry_count} journal entries of {reversal.document_count} documents when it "
        "was proposed, and documents, periods or the configuration have changed since."
    )


def _asked(desk: AccountingDesk, wanted: ReversalWanted) -> tuple[str, ReversalAsked, pa.Table]:
    """The source, what is asked, and the events of the entry that stand and that it is about."""
    if not wanted.reason.strip():
        raise EntryReversalError("Say why, for those who read it in a year: REASON='billed to the wrong customer'.")
    with desk.database.transaction() as connection:
        entry, _ = find_entry(connection, wanted.reference)
        batch = batches_of(connection, [entry.batch_no])[entry.batch_no]
    _require_reversible(entry, batch.kind)
    events = read_scope(desk.database, entry.batch_no, entry.id)
    tenant = desk.configuration.sources[batch.source_code].tenant
    named = {name: document_uid(batch.source_code, tenant, *document_parts(name)) for name in wanted.documents}
    if named:
        events = _of_documents(entry, events, named)
    if not events.num_rows:
        raise EntryReversalError(
            f"Nothing that entry {entry.reference} booked still stands: all of it is reversed already."
        )
    return batch.source_code, ReversalAsked(entry, named, wanted.is_rebooked, wanted.reason.strip()), events


def _of_documents(entry: EntryFacts, events: pa.Table, named: Mapping[str, UUID]) -> pa.Table:
    standing: list[UUID] = events["document_uid"].to_pylist()
    present = set(standing)
    if missing := sorted(named.keys() - {name for name, uid in named.items() if uid in present}):
        raise UnknownNameError(
            f"Nothing of {', '.join(missing)} stands in entry {entry.reference}; `make explain REF={entry.reference}` lists its documents."
        )
    wanted = set(named.values())
    return events.filter(pa.array([uid in wanted for uid in standing], pa.bool_()))


def _require_reversible(entry: EntryFacts, kind: str) -> None:
    if entry.state not in _POSTED:
        raise EntryReversalError(
            f"Entry {entry.reference} is {entry.state}: what is not in the ledger needs no reversal there. A held or rejected entry is given "
            "up with the next night, when its documents change (docs/runbooks/nightly_posting.md)."
        )
    if kind not in _REVERSIBLE:
        raise EntryReversalError(
            f"Entry {entry.reference} is one of {entry.category}: it follows from documents and schedules, and the next run brings it to "
            "what these imply. Reverse the entry of the documents instead."
        )
    if entry.category == "reversal":
        raise EntryReversalError(
            f"Entry {entry.reference} is itself a reversal: undoing it would put back what documents no longer imply. What a reversal took "
            "out of the books is lifted (`make reverse-entry LIFT=...`)."
        )


def _sha256(desk: AccountingDesk, asked: ReversalAsked, found: ReversalReckoning) -> str:
    return found.found.sha256(asked.to_json(), desk.configuration.sha256)


def _said_by(by: str) -> str:
    if not by.strip():
        raise EntryReversalError("Say who you are: BY=anna. It stands with the reversal for good.")
    return by.strip()
