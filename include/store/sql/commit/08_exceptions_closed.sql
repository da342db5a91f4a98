-- one whose cause is gone closes by itself; a document that waits for a period goes on waiting, although it was read again
update tieout.exception as e
set state = 'closed', closed_at = now()
from seen as s
where e.subject_uid = s.document_uid and e.state = 'open'
    and not exists (select from new_exception as n where n.cause = e.cause)
    and not exists (
        select from tieout.event_booking as b
        join tieout.journal_entry as j on j.id = b.journal_entry_id
        where e.cause in ('document|' || s.document_uid || '|hold_for_reopen', 'document|' || s.document_uid || '|no_period')
            and b.document_uid = e.subject_uid and not b.is_superseded
            and j.state = 'held' and j.held_reason in ('hold_for_reopen', 'period_closed'))
