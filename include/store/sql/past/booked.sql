-- one row per booking and reversal of the asked documents that was on file before the batch at hand, given up or not by then
create temporary table booked as
select b.document_uid, b.event_type, b.occurrence, b.booking_no, b.reverses_no, b.batch_no, b.event_date, b.posting_date,
    exists (
        select from tieout.posting_transition as t
        where t.journal_entry_id = b.journal_entry_id and t.to_state = 'superseded'
            and t.at < (select n.committed_at from tieout.batch as n where n.batch_no = current_setting('tieout.batch_no')::bigint)
    ) as is_superseded,
    b.payload_hash, b.journal_entry_id
from asked as a
join tieout.event_booking as b on b.document_uid = a.document_uid
where b.batch_no < current_setting('tieout.batch_no')::bigint
