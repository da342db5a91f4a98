-- one row per item of these payouts that stands for a document; evidence of an earlier version does not say for which
create or replace temp table clearing_item as
select p.document_uid, s.line_kind, s.amount_minor, s.item_document_id
from (
    select * from stored_file
    union all by name
    select null::varchar as item_document_id where false
) as s
join file_batch as f on f.path = s.filename
join clearing_payout as p on p.document_uid = s.document_uid and p.batch_no = f.batch_no
where s.line_kind in ('payment', 'refund', 'dispute', 'fee') and s.amount_minor <> 0;
