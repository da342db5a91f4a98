-- what was delivered before its invoice, in a foreign currency, is worth what the invoice puts into unbilled receivable for its line:
-- as booked tonight, or as stored. So that account ends empty in both currencies, to the minor unit
create or replace temp table arrears_worth as
select document_uid, line_no, sum(amount_minor)::bigint as amount_minor, sum(functional_minor)::bigint as functional_minor
from (
    select b.document_uid, s.line_no, s.amount_minor, s.functional_minor
    from subledger_entry as s
    join booking as b on b.booking_id = s.booking_id
    join event_type as t on t.code = b.event_type and t.name = 'invoice.issued'
    join entry_coding as c on c.coding_no = s.coding_no and c.role = 'unbilled_receivable'
    where b.portion = getvariable('portion') and b.reverses_no is null and s.functional_minor is not null
    union all
    select s.document_uid, s.line_no, s.amount_minor, s.functional_minor
    from stored_entry as s
    join event_type as t on t.code = s.event_type and t.name = 'invoice.issued'
    semi join kept_booking as k
        on k.document_uid = s.document_uid and k.event_type = s.event_type and k.occurrence = s.occurrence and k.booking_no = s.booking_no
    where s.role = 'unbilled_receivable'
)
group by document_uid, line_no
having sum(amount_minor) <> 0;

update subledger_entry as s
set functional_minor = share_of(s.amount_minor, w.amount_minor, w.functional_minor)
from booking as b, event_type as t, arrears_worth as w
where b.booking_id = s.booking_id and b.portion = getvariable('portion') and b.reverses_no is null
    and t.code = b.event_type and t.name = 'service.delivered' and w.document_uid = b.document_uid and w.line_no = s.line_no;
