"""After sending: is everything in the ledger once, and as it was meant? Asked in bulk; differences are named."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from include.finance.journal import EntryState
from include.finance.period import AccountingPeriod
from include.pipelines import entry_faults
from include.pipelines.compare_ledger import content_differences
from include.pipelines.posting_desk import PostingDesk
from include.ports.erp import LedgerEntry, LedgerState, PostedEntry
from include.ports.log import about_chunk
from include.ports.postings import Change, DueEntry

_DRAFTS_BESIDE = "a draft with the same reference is left beside it"


def verify_posted(
    desk: PostingDesk, in_erp: Mapping[str, Sequence[PostedEntry]], periods: Sequence[AccountingPeriod]
) -> None:
    """Verify every posted entry against one fresh list of the ERP's entries; what differs is rejected by name."""
    single: dict[str, DueEntry] = {}
    headers: list[PostedEntry] = []
    for due in desk.in_state(EntryState.POSTED):
        found: Sequence[PostedEntry] = in_erp.get(due.reference, ())
        if len(found) != 1:
            found = desk.find(due.reference)
        posted = _posted(found)
        if len(posted) == 1 and len(found) == 1:
            single[posted[0].erp_id] = due
            headers.append(posted[0])
        else:
            _reject_count(desk, due, posted, found)
    # Each entry's own line below carries the chunk, and so leads to what befell the requests for all of it.
    with about_chunk([each.reference for each in headers]):
        ledger = {each.header.erp_id: each for each in desk.erp.read_back_many(desk.entity, headers)}
        for erp_id, due in single.items():
            _verify(desk, due, ledger.get(erp_id), periods)


def report_missing(desk: PostingDesk, in_erp: Mapping[str, Sequence[PostedEntry]], since: date) -> None:
    """Report what we verified and the ERP no longer has, and what it has twice.

    Earlier reports stay open until asking for that very entry shows that they are settled, whatever the dates.
    """
    missing: dict[str, DueEntry] = {}
    for due in desk.journal.verified_since(since):
        posted = _posted(in_erp.get(due.reference, ()))
        if len(posted) != 1:
            posted = _posted(desk.find(due.reference))
        if len(posted) > 1:
            _duplicate(desk, due, posted)
        elif not posted:
            missing[due.reference] = due
    missing |= _still_missing(desk, missing.keys())
    desk.journal.report(entry_faults.MISSING_IN_ERP, [entry_faults.missing_in_erp(due) for due in missing.values()])


def _verify(desk: PostingDesk, due: DueEntry, ledger: LedgerEntry | None, periods: Sequence[AccountingPeriod]) -> None:
    differences = ["it is gone"] if ledger is None else ledger_differences(due, ledger, periods)
    if differences:
        fault = entry_faults.read_back_differs(due, differences)
        desk.move(due, Change(EntryState.REJECTED, cause=fault.message, exception=fault))
    else:
        desk.move(due, Change(EntryState.VERIFIED))


def ledger_differences(due: DueEntry, ledger: LedgerEntry, periods: Sequence[AccountingPeriod]) -> list[str]:
    """Differences of content, number, state and period between a posted entry and the ledger."""
    found = content_differences(due.entry, ledger)
    if ledger.header.state is not LedgerState.POSTED:
        found.append("it is a draft")
    if ledger.header.number is None or ledger.header.number != due.erp_number:
        found.append(f"number {ledger.header.number} instead of {due.erp_number}")
    meant = next((each.name for each in periods if each.contains(due.entry.posting_date)), None)
    if ledger.period_name != meant:
        found.append(f"period {ledger.period_name} instead of {meant}")
    return found


def _reject_count(
    desk: PostingDesk, due: DueEntry, posted: Sequence[PostedEntry], found: Sequence[PostedEntry]
) -> None:
    """An entry that does not stand in the ERP exactly once: several stop it, none is a difference."""
    if len(posted) > 1:
        _duplicate(desk, due, posted)
        return
    if posted:
        # Both carry our reference: the doubt procedure deletes the draft and takes the posted one.
        desk.move(due, Change(EntryState.IN_DOUBT, cause=_DRAFTS_BESIDE))
        return
    fault = entry_faults.read_back_differs(due, ["it is only a draft" if found else "the ERP has no such entry"])
    desk.move(due, Change(EntryState.REJECTED, cause=fault.message, exception=fault))


def _duplicate(desk: PostingDesk, due: DueEntry, posted: Sequence[PostedEntry]) -> None:
    fault = entry_faults.duplicated(due, posted)
    desk.move(due, Change(EntryState.DUPLICATED, cause=fault.message, exception=fault))


def _still_missing(desk: PostingDesk, seen: Collection[str]) -> dict[str, DueEntry]:
    """Missing entries reported earlier that are outside today's list and still missing."""
    earlier = desk.journal.reported(entry_faults.MISSING_IN_ERP) - frozenset(seen)
    entries = desk.journal.entries(earlier) if earlier else ()
    return {due.reference: due for due in entries if not desk.find(due.reference)}


def _posted(found: Sequence[PostedEntry]) -> list[PostedEntry]:
    return [each for each in found if each.state is LedgerState.POSTED]
