"""A person's word on an entry that waits for one: post it after all, or give it up and account its documents again.

Nothing is sent here. The next run of posting asks the ERP for the entry before it sends, as for every other.
"""

from __future__ import annotations

from dataclasses import dataclass

from include.finance.errors import EntryNotWaitingError
from include.finance.journal import TRANSITIONS, EntryState
from include.pipelines.give_up import GiveUpDesk, Unposted, give_up
from include.ports.postings import Change, DueEntry, Postings
from include.store.database import FinanceDatabase

_ENTRY = """
select e.id, e.reference, e.batch_no, b.source_code, e.erp_code, e.legal_entity_code
from journal_entry as e
join batch as b on b.batch_no = e.batch_no
where e.reference = %s
"""

# A rejected entry may go again. Of one that was in the ledger the ERP is asked first, twice: only what it lacks is sent.
_AFTER_A_WORD = {
    EntryState.REJECTED: EntryState.READY,
    EntryState.VERIFIED: EntryState.IN_DOUBT,
    EntryState.DUPLICATED: EntryState.IN_DOUBT,
}


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry by its reference, and whose books it belongs to."""

    entry: Unposted
    erp_code: str
    legal_entity_code: str


def find_entry(database: FinanceDatabase, reference: str) -> FoundEntry:
    """The entry with this reference. Raises EntryNotWaitingError when there is none."""
    with database.transaction() as connection:
        row = connection.execute(_ENTRY, (reference.strip().upper(),)).fetchone()
    if row is None:
        raise EntryNotWaitingError(f"There is no journal entry {reference}; table tieout.journal_entry lists them all.")
    erp_code, entity_code = row.pop("erp_code"), row.pop("legal_entity_code")
    return FoundEntry(Unposted(**row), erp_code, entity_code)


def requeue(store: Postings, found: FoundEntry, *, actor: str, reason: str) -> EntryState:
    """Set a rejected entry back to ready, and one that the ERP may have lost in doubt; returns its new state.

    Raises EntryNotWaitingError for an entry that waits for nobody, LeaseHeldError while its entity is being posted.
    """
    with store.locked(found.erp_code, found.legal_entity_code) as journal:
        (due,) = journal.entries([found.entry.reference])
        if due.state not in _AFTER_A_WORD:
            raise EntryNotWaitingError(
                f"{_name(due)} is {due.state} and waits for nobody's word: posting takes it on by itself, once what its "
                "cause names is gone. A held or ready one can be given up and accounted again."
            )
        return journal.change(due, Change(_AFTER_A_WORD[due.state], cause=reason), actor).state


def account_again(desk: GiveUpDesk, store: Postings, found: FoundEntry, *, actor: str, reason: str) -> int:
    """Give an unposted entry up; the next night reads its documents again and books them anew. Returns how many.

    Raises EntryNotWaitingError when the ERP has it or it is on its way, LeaseHeldError while its entity is being posted.
    """
    with store.locked(found.erp_code, found.legal_entity_code) as journal:
        (due,) = journal.entries([found.entry.reference])
        if EntryState.SUPERSEDED not in TRANSITIONS[due.state]:
            raise EntryNotWaitingError(
                f"{_name(due)} is {due.state}: only an entry that is ready, held or rejected can be given up."
            )
        given = give_up(desk, journal, found.entry, reason=reason, actor=actor)
        if given is None:
            raise EntryNotWaitingError(
                f"{_name(due)} stands in the ERP, so it cannot be given up. Requeue it: the next run compares the two."
            )
        return given


def _name(due: DueEntry) -> str:
    return f"Journal entry {due.reference} of legal entity {due.entry.legal_entity_code}"
