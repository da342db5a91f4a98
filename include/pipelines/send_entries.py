"""Sending entries to the ERP, each step committed before and after the bytes that it stands for."""

from __future__ import annotations

import hashlib
import json

from include.finance.errors import EntryRefusedError, OutcomeUnknownError, PeriodClosedError, TieoutError
from include.finance.journal import EntryState, HeldReason, JournalEntry
from include.pipelines import entry_faults
from include.pipelines.posting_desk import PostingDesk
from include.ports.erp import LedgerState, PostedEntry
from include.ports.log import about_entry
from include.ports.postings import Change, DueEntry

_UNANSWERED_LIMIT = 3  # an ERP that does not answer so often gets no more entries in this run


def send_ready(desk: PostingDesk) -> None:
    """Send every ready entry. One that is refused or in doubt does not keep the others.

    Raises SystemUnreachableError or CredentialsRefusedError when the ERP is gone, after its entry was put in doubt; ErpMaintenanceError
    where its maintenance begins meanwhile, before the next entry.
    """
    for due in desk.in_state(EntryState.READY):
        if desk.unanswered >= _UNANSWERED_LIMIT:
            return
        desk.require_open()
        with about_entry(due.reference, due.entry.id):
            _send(desk, due)


def release(desk: PostingDesk, due: DueEntry, draft: PostedEntry) -> None:
    """Release a draft whose entry is `created_unreleased`, under a lease taken just now."""
    desk.require_lease(due)
    try:
        posted = desk.erp.release(desk.entity, draft)
    except PeriodClosedError as error:
        _withdraw(desk, due, draft, _held(due, error))
    except EntryRefusedError as error:
        _withdraw(desk, due, draft, _rejected(due, error))
    except TieoutError as error:
        _doubt(desk, due, error)
    else:
        desk.move(due, Change(EntryState.POSTED, erp_id=posted.erp_id, erp_number=posted.number))


def request_sha256(entry: JournalEntry) -> str:
    """Fingerprint of what is sent, kept with the attempt."""
    lines = [[line.account_code, line.in_books.minor, line.text] for line in entry.lines]
    head = [entry.reference, entry.legal_entity_code, entry.category.value, entry.posting_date.isoformat()]
    return hashlib.sha256(json.dumps([*head, entry.currency.code, lines]).encode("utf-8")).hexdigest()


def _send(desk: PostingDesk, due: DueEntry) -> None:
    # Committed before the first byte leaves: whatever happens to us from here on, the next run knows that it must ask.
    sending = Change(
        EntryState.SENDING,
        lease_seconds=desk.lease_seconds,
        is_attempt=True,
        request_sha256=request_sha256(due.entry),
    )
    try:
        due = desk.move_leased(due, sending)
    except PeriodClosedError as error:  # locked here, since its preflight
        desk.move(due, _held(due, error))
        return
    desk.require_lease(due)
    try:
        created = desk.erp.create(desk.entity, due.entry)
    except PeriodClosedError as error:
        desk.move(due, _held(due, error))
    except EntryRefusedError as error:
        desk.move(due, _rejected(due, error))
    except TieoutError as error:
        _doubt(desk, due, error)
    else:
        _follow(desk, due, created)


def _follow(desk: PostingDesk, due: DueEntry, created: PostedEntry) -> None:
    """Write down what was created; where the ERP has two steps, take the second."""
    if created.state is LedgerState.POSTED:
        desk.move(due, Change(EntryState.POSTED, erp_id=created.erp_id, erp_number=created.number))
        return
    # The release is a send of its own: a new lease, and a new instant from which doubt is reckoned.
    unreleased = Change(EntryState.CREATED_UNRELEASED, erp_id=created.erp_id, lease_seconds=desk.lease_seconds)
    release(desk, desk.move_leased(due, unreleased), created)


def _withdraw(desk: PostingDesk, due: DueEntry, draft: PostedEntry, change: Change) -> None:
    """Take back a draft that cannot be released, so that none is left to block the close; then `change`."""
    desk.require_lease(due)
    try:
        desk.delete_draft(draft)
    except (EntryRefusedError, PeriodClosedError) as error:
        desk.move(due, _rejected(due, error))
    except TieoutError as error:
        _doubt(desk, due, error)
    else:
        desk.move(due, change)


def _held(due: DueEntry, error: PeriodClosedError) -> Change:
    fault = entry_faults.period_closed(due, str(error))
    return Change(EntryState.HELD, held_reason=HeldReason.PERIOD_CLOSED, cause=fault.message, exception=fault)


def _rejected(due: DueEntry, error: TieoutError) -> Change:
    fault = entry_faults.refused(due, str(error))
    return Change(EntryState.REJECTED, cause=fault.message, response=str(error), exception=fault)


def _doubt(desk: PostingDesk, due: DueEntry, error: TieoutError) -> None:
    """Put an entry in doubt. Only a lost answer lets the run go on; a system that is gone ends it, state saved."""
    desk.move(due, Change(EntryState.IN_DOUBT, cause=str(error), response=str(error)))
    if not isinstance(error, OutcomeUnknownError):
        raise error
    desk.unanswered += 1
