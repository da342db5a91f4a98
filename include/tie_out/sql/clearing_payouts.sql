-- one row per payout as it landed last: when it left the processor's balance, and when it came back
create or replace temp table clearing_payout as
select document_uid, legal_entity_code, currency, document_date, case when status in ('failed', 'canceled') then failed_date end as failed_date,
    bank_account_ref, coalesce(total_minor, 0) as total_minor, batch_no
from (
    select s.*, f.batch_no
    from stored_file as s
    join file_batch as f on f.path = s.filename
    where s.document_type = 'payout'
    qualify row_number() over (partition by s.document_uid order by f.batch_no desc) = 1
)
where not coalesce(is_deleted, false) and (status <> 'canceled' or failed_date is not null);
