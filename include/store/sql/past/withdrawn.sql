-- one row per event of the asked documents that a person had taken out of the books before the batch at hand, and not lifted by then
create temporary table withdrawn as
select w.document_uid, w.event_type, w.occurrence
from asked as a
join tieout.withdrawn_event as w on w.document_uid = a.document_uid
where w.batch_no < current_setting('tieout.batch_no')::bigint
    and (w.lifted_at is null
        or w.lifted_at >= (select n.committed_at from tieout.batch as n where n.batch_no = current_setting('tieout.batch_no')::bigint))
