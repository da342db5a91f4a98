-- one row per application whose invoice is not in the books yet, or that cannot be booked yet: it waits, the cash does not.
-- An invoice is in the books when tonight books it, or when what was booked before stays: it may be quarantined or deleted since.
-- One that a person took out of them is not
create table waiting as
select
    l.document_uid,
    l.occurrence,
    case
        when any_value(l.waiting_reason) is not null then any_value(l.waiting_reason)
        else 'waiting_for_invoice:' || any_value(l.waiting_invoice_uid)
    end as reason
from application_line as l
left join decision as i on i.document_uid = l.waiting_invoice_uid
left join withdrawn_document as t on t.document_uid = l.waiting_invoice_uid
left join accounted_invoice as a on a.document_uid = l.waiting_invoice_uid and a.is_accounted
where l.waiting_reason is not null
    or t.document_uid is not null
    or not (
        a.document_uid is not null
        or coalesce(i.step = 'account' and i.exclusion is null, false)
        or coalesce(i.step <> 'account' and i.prior_accounted_hash is not null, false))
group by l.document_uid, l.occurrence;

-- one row per application to an invoice that billing has never shown, or has deleted: it waits for nothing that will come by itself
insert into finding
select distinct l.document_uid, 'unknown_invoice', 'applied to an invoice that billing does not show', false
from application_line as l
where not exists (from decision as i where i.document_uid = l.waiting_invoice_uid and i.step <> 'deleted')
    and not exists (from accounted_invoice as a where a.document_uid = l.waiting_invoice_uid);
