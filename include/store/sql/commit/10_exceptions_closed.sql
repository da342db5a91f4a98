update tieout.exception as e
set state = 'closed', closed_at = now()
from seen as s
where e.subject_uid = s.document_uid::uuid and e.state = 'open'
    and not exists (select from new_exception as n where n.cause = e.cause)
