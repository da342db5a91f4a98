"""What stands in the ERP under a reference of our making and is not on our books: unknown entries, left-over drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from include.finance.journal import EntryState
from include.pipelines.posting_desk import PostingDesk
from include.ports.erp import LedgerState, PostedEntry


def find_strangers(desk: PostingDesk, in_erp: Mapping[str, Sequence[PostedEntry]]) -> dict[str, Sequence[PostedEntry]]:
    """Entries that the finance database does not know, by reference; what was reversed under its reference is settled."""
    known = desk.journal.known_references(in_erp.keys())
    return {
        reference: found
        for reference, found in in_erp.items()
        if reference not in known and not _is_reversed(desk, reference)
    }


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
                desk.erp.delete_draft(desk.entity, draft)


def _is_reversed(desk: PostingDesk, reference: str) -> bool:
    """Whether all that has this reference is posted and comes to nothing on every account."""
    found = desk.erp.find(desk.entity, reference)
    if any(each.state is not LedgerState.POSTED for each in found):
        return False
    net: dict[str, int] = {}
    for entry in desk.erp.read_back_many(desk.entity, found):
        for account, minor in entry.net_by_account().items():
            net[account] = net.get(account, 0) + minor
    return not any(net.values())
