"""What stands in the ERP under a reference of our making and is not on our books: unknown entries, left-over drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from include.finance.journal import EntryState
from include.finance.period import AccountingPeriod
from include.pipelines import entry_faults
from include.pipelines.posting_desk import PostingDesk
from include.ports.erp import LedgerState, PostedEntry
from include.ports.log import about_entry


def look_back_to(desk: PostingDesk, periods: Sequence[AccountingPeriod]) -> date:
    """From which posting date on the ERP is asked for all that it has of ours.

    A restored database forgot entries that may stand in periods closed since, and on days that billing has changed since:
    so the list begins with the fiscal year of the earliest event that waits to be sent, and of two months ago.
    """
    days = [desk.local_date - timedelta(days=62), *(due.entry.posting_date for due in desk.entries.values())]
    if event_date := desk.journal.earliest_event(due.entry.id for due in desk.entries.values()):
        days.append(event_date)
    day = min(days)
    year = next((each.fiscal_year for each in periods if each.contains(day)), None)
    return min([day, *(each.start_date for each in periods if each.fiscal_year == year)])


def report_strangers(desk: PostingDesk, in_erp: Mapping[str, Sequence[PostedEntry]]) -> frozenset[str]:
    """Report the entries that the finance database does not know, and return their references.

    What was reversed under its reference is settled. Earlier reports stay open until asking for that very entry shows
    that they are settled, whatever the dates.
    """
    earlier = desk.journal.reported(entry_faults.UNKNOWN_IN_ERP) - in_erp.keys()
    listed = {**in_erp, **{reference: desk.find(reference) for reference in sorted(earlier)}}
    known = desk.journal.known_references(listed.keys())
    strangers = {
        reference: found
        for reference, found in sorted(listed.items())
        if found and reference not in known and desk.find(reference)
    }
    unknown = [entry_faults.unknown_in_erp(desk.entity, *each) for each in strangers.items()]
    desk.journal.report(entry_faults.UNKNOWN_IN_ERP, unknown)
    return frozenset(strangers)


def delete_stray_drafts(desk: PostingDesk, in_erp: Mapping[str, Sequence[PostedEntry]]) -> None:
    """Delete drafts beside entries of ours that stand in the ledger.

    A worker that slept over its lease (stopped, swapped out) may have made one after another had taken over. It can
    never release it: writing down that it was made fails, because the entry has moved on.
    """
    strays = {
        reference: drafts
        for reference, found in in_erp.items()
        if reference not in desk.entries
        and (drafts := [each for each in found if each.state is LedgerState.DRAFT])
        and len(drafts) < len(found)
    }
    for due in desk.journal.entries(strays) if strays else ():
        if due.state is EntryState.VERIFIED:
            for draft in strays[due.reference]:
                with about_entry(due.reference, due.entry.id):
                    desk.delete_draft(draft)
