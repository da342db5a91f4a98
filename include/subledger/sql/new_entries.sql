-- one row per subledger entry that the posting rules make from the events booked in the bucket
insert into subledger_entry
with amount as (
    select
        l.document_uid, l.bucket, s.document_type, s.native_id, l.event_type, l.occurrence, e.booking_no, l.line_no,
        l.legal_entity_code, l.currency, l.document_date, e.event_date, e.payload_hash, p.posting_date, p.period_name, p.held_reason,
        t.category, l.department, l.region, l.product_line, l.customer_ref, r.rule_id, r.role, r.line_no as rule_line_no,
        r.side * case r.component
            when 'net' then l.net_minor when 'tax' then l.tax_minor when 'gross' then l.gross_minor else l.amount_minor
        end as amount_minor
    from event_delta as e
    join event_line as l on l.document_uid = e.document_uid and l.event_type = e.event_type and l.occurrence = e.occurrence
    join decision as s on s.document_uid = e.document_uid
    join event_type as t on t.code = e.event_type
    join event_shape as m on m.shape_id = l.shape_id
    join rule_line as r on r.rule_id = m.rule_id
    join posting_day as p on p.legal_entity_code = l.legal_entity_code and p.base_date = e.base_date
    where e.reverses_no is null and l.bucket = getvariable('bucket')
)
select
    a.document_uid, a.bucket, a.document_type, a.native_id, a.event_type, a.occurrence, a.booking_no, null,
    a.line_no, a.legal_entity_code, a.currency, a.document_date, a.event_date, a.posting_date, a.period_name, a.held_reason,
    case when a.posting_date <> a.event_date then 'late' else a.category end,
    c.account_code, c.party_key, a.role, a.department, a.region, a.product_line, a.customer_ref,
    a.document_type || ':' || a.native_id, a.amount_minor, a.rule_id, a.payload_hash
from amount as a
join role_account as c on c.legal_entity_code = a.legal_entity_code and c.role = a.role
where a.amount_minor <> 0;
