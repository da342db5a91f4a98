"""Entries whose period closed before they were posted go back to account, which dates them anew.

An entry keeps its date and lines for ever, so a held one whose period stays closed would be stuck. Here it is given up
(only while the ERP has nothing of it), its events count as not booked, and its documents are read again tonight.
"""

from __future__ import annotations

from collections.abc import Sequence

from include.evidence.store import EvidenceStore
from include.finance.entity import LegalEntity
from include.finance.errors import LeaseHeldError
from include.pipelines.give_up import GiveUpDesk, Unposted, give_up
from include.ports.erp import Erp
from include.store.postings import PostingStore

# Held for a closed period while a later period of the same fiscal year is open: a new date exists.
_MOVABLE = """
select e.id, e.reference, e.batch_no, b.source_code
from journal_entry as e
join batch as b on b.batch_no = e.batch_no
join erp_period as p
    on p.erp_code = e.erp_code and p.legal_entity_code = e.legal_entity_code
    and e.posting_date between p.start_date and p.end_date
where e.legal_entity_code = %(entity)s and e.state = 'held'
    and (e.held_reason = 'period_closed'
        -- what takes back an entry that stands by now
        or (e.held_reason = 'awaits_entry' and exists (select from journal_entry as f where f.id = e.follows and f.state = 'verified')))
    -- one that is open by now goes on as it is: posting lets it go
    and (p.state = 'closed' or not takes_entries(p.legal_entity_code, p.period_name, e.category))
    and exists (
        select from erp_period as n
        where n.erp_code = e.erp_code and n.legal_entity_code = e.legal_entity_code and n.fiscal_year = p.fiscal_year
            and n.start_date > e.posting_date and n.state = 'open' and takes_entries(n.legal_entity_code, n.period_name, e.category))
order by e.posting_date, e.reference
"""


def redate_closed(
    store: PostingStore, evidence: EvidenceStore, erp: Erp, erp_code: str, entity: LegalEntity, actor: str
) -> Sequence[str]:
    """Give up the entity's entries held for a closed period that can move on; returns their references.

    Nothing happens while another worker posts for the entity. Raises SystemUnreachableError when the ERP is away.
    """
    with store.database.transaction() as connection:
        rows = connection.execute(_MOVABLE, {"entity": entity.code}).fetchall()
    desk, moved = GiveUpDesk(store.database, evidence, erp, entity), []
    for entry in [Unposted(**row) for row in rows]:
        try:
            with store.locked(erp_code, entity.code) as journal:
                given = give_up(desk, journal, entry, reason="its period closed before it was posted", actor=actor)
        except LeaseHeldError:
            continue
        if given is not None:  # else the ERP has it after all: posting settles that
            moved.append(entry.reference)
    return moved
