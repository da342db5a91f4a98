"""Entries of which nobody knows whether the ERP has them: only asking it settles that, and not too early."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from include.finance.errors import EntryRefusedError, OutcomeUnknownError, PeriodClosedError
from include.finance.journal import EntryState
from include.pipelines import entry_faults
from include.pipelines.compare_ledger import content_differences
from include.pipelines.posting_desk import PostingDesk
from include.pipelines.send_entries import release
from include.ports.erp import LedgerState, PostedEntry
from include.ports.log import about_entry
from include.ports.postings import Change, DueEntry


def take_over(desk: PostingDesk) -> None:
    """Put in doubt what another worker left on its way, once its lease has run out; wait for that a little."""
    abandoned = desk.in_state(EntryState.SENDING, EntryState.CREATED_UNRELEASED)
    leases = [due.lease_until for due in abandoned if due.lease_until]
    if leases:
        desk.wait_until(max(leases))
    now = desk.journal.now()
    for due in abandoned:
        if due.lease_until is None or due.lease_until < now:
            cause = f"A worker left it in state {due.state}."
            # That worker may have sent at any moment until its lease became too short.
            desk.move(due, Change(EntryState.IN_DOUBT, cause=cause, latest_send=desk.latest_send(due)))


def doubt_what_the_erp_has(desk: PostingDesk, in_erp: Mapping[str, Sequence[PostedEntry]]) -> None:
    """Entries that we hold for unsent and the ERP already has: our database forgot (restored from a backup)."""
    for due in desk.in_state(EntryState.HELD):
        if due.reference in in_erp:
            desk.move(due, Change(EntryState.READY))
    for due in desk.in_state(EntryState.READY):
        if due.reference in in_erp:
            desk.move(due, Change(EntryState.IN_DOUBT, cause="The ERP already has this reference."))
    for due in desk.in_state(EntryState.DUPLICATED):
        if len(_posted(desk.find(due.reference))) == 1:
            desk.move(due, Change(EntryState.IN_DOUBT, cause="The ERP has this reference only once now."))


def settle_doubts(desk: PostingDesk) -> None:
    """Ask the ERP about every entry in doubt: what it has is taken as posted, what it lacks twice becomes ready."""
    doubts = _askable(desk)
    # Asked too early, "no" means nothing: the ERP may go on with a request that we have given up.
    absent = [due for due in doubts if not _ask(desk, due)]
    if not absent:
        return
    desk.clock.sleep(desk.times.pause_seconds)
    for due in absent:
        if not _ask(desk, due):
            desk.move(due, Change(EntryState.READY, response="asked twice: the ERP has nothing"))


def _askable(desk: PostingDesk) -> list[DueEntry]:
    doubts = desk.in_state(EntryState.IN_DOUBT)
    instants = [instant for due in doubts if (instant := desk.askable_at(due))]
    if instants:
        desk.wait_until(max(instants))
    now = desk.journal.now()
    return [due for due in doubts if (instant := desk.askable_at(due)) is None or instant <= now]


def _ask(desk: PostingDesk, due: DueEntry) -> bool:
    """Ask the ERP about one entry in doubt, and settle it by what it has; False when that is nothing."""
    with about_entry(due.reference, due.entry.id):
        return _settle(desk, due, desk.find(due.reference))


def _settle(desk: PostingDesk, due: DueEntry, found: Sequence[PostedEntry]) -> bool:
    """Settle an entry by what the ERP has of it; False when that is nothing."""
    try:
        _adopt(desk, due, found)
    except (EntryRefusedError, PeriodClosedError) as error:
        fault = entry_faults.refused(due, f"{error} A draft of ours is left in the ERP: delete it there.")
        desk.move(due, Change(EntryState.REJECTED, cause=fault.message, exception=fault))
    except OutcomeUnknownError:
        desk.unanswered += 1  # nobody knows whether a draft was deleted: the entry stays in doubt
    return bool(found)


def _adopt(desk: PostingDesk, due: DueEntry, found: Sequence[PostedEntry]) -> None:
    posted, drafts = _posted(found), [each for each in found if each.state is LedgerState.DRAFT]
    if len(posted) > 1:
        fault = entry_faults.duplicated(due, posted)
        desk.move(due, Change(EntryState.DUPLICATED, cause=fault.message, exception=fault))
    elif posted:
        _delete(desk, drafts)
        _adopt_posted(desk, due, posted[0])
    elif drafts:
        # Of several drafts only the oldest may be released; the others were never in the ledger.
        _delete(desk, drafts[1:])
        _adopt_draft(desk, due, drafts[0])


def _adopt_posted(desk: PostingDesk, due: DueEntry, posted: PostedEntry) -> None:
    differences = content_differences(due.entry, desk.erp.read_back(desk.entity, posted))
    if differences:
        fault = entry_faults.foreign_content(due, differences)
        desk.move(due, Change(EntryState.REJECTED, cause=fault.message, erp_id=posted.erp_id, exception=fault))
    else:
        desk.move(due, Change(EntryState.POSTED, erp_id=posted.erp_id, erp_number=posted.number))


def _adopt_draft(desk: PostingDesk, due: DueEntry, draft: PostedEntry) -> None:
    """Release a draft that is ours in every line; one of other content is deleted and the entry made anew."""
    if content_differences(due.entry, desk.erp.read_back(desk.entity, draft)):
        _delete(desk, [draft])
        desk.move(due, Change(EntryState.READY, response=f"draft {draft.erp_id} had other content and was deleted"))
        return
    change = Change(EntryState.CREATED_UNRELEASED, erp_id=draft.erp_id, lease_seconds=desk.lease_seconds)
    release(desk, desk.move_leased(due, change), draft)


def _delete(desk: PostingDesk, drafts: Sequence[PostedEntry]) -> None:
    for draft in drafts:
        desk.delete_draft(draft)


def _posted(found: Sequence[PostedEntry]) -> list[PostedEntry]:
    return [each for each in found if each.state is LedgerState.POSTED]
