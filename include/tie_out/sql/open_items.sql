-- one row per open item: role, account, currency and document, with what the entries at hand leave open of it. A foreign entry names its
-- item; another is told by what its event is: an application settles its invoice, a refund what it pays back, a residual its credit memo
create or replace temp table open_item as
with document as (
    select document_uid, any_value(document_type) as document_type, any_value(invoice_id) as invoice_id,
        any_value(payment_id) as payment_id, any_value(credit_memo_id) as credit_memo_id
    from landed_documents
    group by document_uid
),
application as (
    select document_uid, unhex(md5(application_id))::uuid as occurrence, any_value(invoice_uid) as invoice_uid
    from landed_applications
    group by all
),
residual as (
    select document_uid, unhex(md5(line_id))::uuid as occurrence, any_value(invoice_line_id) as credit_memo_id
    from landed_lines
    where line_kind = 'residual' and invoice_line_id is not null
    group by all
),
entry as (
    select b.document_uid, b.occurrence, b.currency::varchar as currency, s.role::varchar as role, s.account_code::varchar as account_code, s.item_uid,
        s.amount_minor, coalesce(s.functional_minor, s.amount_minor) as functional_minor
    from subledger_entries as s
    join bookings as b on b.batch_key = s.batch_key and b.booking_id = s.booking_id
    join chosen_entries as c on c.id::uuid = b.journal_entry_id
    where s.role in ('accounts_receivable', 'customer_credits')
),
placed as (
    select e.role, e.account_code, e.currency, e.amount_minor, e.functional_minor,
        coalesce(
            e.item_uid,
            case
                when e.role = 'accounts_receivable' and d.document_type <> 'invoice'
                    then coalesce(a.invoice_uid, document_uid(getvariable('source_code'), getvariable('tenant'), 'invoice', d.invoice_id))
                when e.role = 'customer_credits' and d.document_type = 'refund' then coalesce(
                    document_uid(getvariable('source_code'), getvariable('tenant'), 'credit_memo', d.credit_memo_id),
                    document_uid(getvariable('source_code'), getvariable('tenant'), 'payment', d.payment_id))
                when e.role = 'customer_credits' and d.document_type = 'dispute'
                    then document_uid(getvariable('source_code'), getvariable('tenant'), 'payment', d.payment_id)
                when e.role = 'customer_credits' and d.document_type = 'invoice'
                    then document_uid(getvariable('source_code'), getvariable('tenant'), 'credit_memo', r.credit_memo_id)
            end,
            e.document_uid) as item_uid
    from entry as e
    left join document as d on d.document_uid = e.document_uid
    left join application as a on a.document_uid = e.document_uid and a.occurrence = e.occurrence
    left join residual as r on r.document_uid = e.document_uid and r.occurrence = e.occurrence
)
select role, account_code, currency, item_uid, sum(amount_minor)::bigint as amount_minor, sum(functional_minor)::bigint as functional_minor
from placed
group by all
having sum(amount_minor) <> 0 or sum(functional_minor) <> 0;

-- one row per document that is open here or by billing's own word: as it landed last
create or replace temp table named_item as
with newest as (
    select document_uid, document_type, native_id, coalesce(number, '') as number, coalesce(customer_ref, '') as customer_ref, document_date,
        legal_entity_code, currency,
        -- null where billing does not say
        case when open_minor is not null and (is_deleted or status in ('draft', 'void')) then 0 else open_minor end as open_minor
    from landed_documents
    where document_type = 'invoice' or document_uid in (select item_uid from open_item)
    qualify row_number() over (partition by document_uid order by batch_no desc) = 1
)
from newest
where coalesce(open_minor, 0) <> 0 or document_uid in (select item_uid from open_item);
