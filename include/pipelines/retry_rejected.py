"""A person has repaired what the ERP refused: rejected entries become ready again."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from include.finance.journal import EntryState
from include.ports.postings import Change, DueEntry, Postings


def retry_rejected(
    store: Postings, erp_code: str, legal_entity_code: str, references: Collection[str], *, actor: str, reason: str
) -> Sequence[DueEntry]:
    """Set rejected entries back to ready, others not. The next run asks the ERP before it sends them."""
    with store.locked(erp_code, legal_entity_code) as journal:
        rejected = [due for due in journal.entries(references) if due.state is EntryState.REJECTED]
        return [journal.change(due, Change(EntryState.READY, cause=reason), actor) for due in rejected]
