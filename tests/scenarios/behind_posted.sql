-- one row per subledger entry of a posted journal entry, with the document that caused it and the day on which it happened; what
-- is recognised of a line stands on the legs of its group and day, and happened on the last day of what was earned
with booked as (
    select b.document_uid, b.legal_entity_code, b.posting_date, b.event_date, s.account_code, b.currency, s.amount_minor,
        s.functional_minor, b.journal_entry_id::varchar as journal_entry_id
    from subledger_entries as s
    join bookings as b on b.batch_key = s.batch_key and b.booking_id = s.booking_id
    union all
    select r.document_uid, l.legal_entity_code, l.posting_date, l.as_of, l.account_code, l.currency,
        l.side * r.amount_minor, l.side * r.functional_minor, l.journal_entry_id
    from recognised_amounts as r
    join recognition_legs as l on l.run_id = r.run_id and l.group_no = r.group_no and l.as_of = r.as_of
    union all
    select item_uid, legal_entity_code, posting_date, posting_date, account_code, currency, 0, functional_minor, journal_entry_id::varchar
    from revalued_items
)
select n.native_id, b.legal_entity_code, b.posting_date::varchar, b.event_date::varchar, b.account_code, b.currency,
    b.amount_minor, coalesce(b.functional_minor, b.amount_minor)
from booked as b
left join (select distinct document_uid, native_id from decisions) as n on n.document_uid = b.document_uid
where b.journal_entry_id in (select unnest($posted));
