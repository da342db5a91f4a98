-- one row per landed document of the portion that has events: neither left out, nor deleted, nor quarantined
create or replace temp table live_document as
select d.* exclude (native_id, number, bucket, subtotal_minor, is_deleted, updated_at, row_xid),
    case when d.total_minor < 0 then 'negative' else 'positive' end as document_sign,
    case
        when d.processor is not null then 'processor'
        when is_bank_booked(e.books_every_bank, e.booked_banks, d.bank_account_ref) then 'bank'
        else 'direct'
    end as channel,
    case when d.document_type = 'payout' and is_bank_booked(e.books_every_bank, e.booked_banks, d.bank_account_ref)
        then arrived_on(d.status, d.arrival_date, d.failed_date) end as arrived_date
from portion_documents as d
join document_state as s on s.document_uid = d.document_uid
left join legal_entity as e on e.code = d.legal_entity_code
where s.exclusion is null and not s.is_deleted
    and not exists (from finding as f where f.document_uid = d.document_uid and f.quarantines);
