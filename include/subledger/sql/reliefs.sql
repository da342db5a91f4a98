-- what the foreign documents of the portion settle of open items, by the event that does it
insert into relief
select f.document_uid, t.code, case when f.application_id is null then uuid '00000000-0000-0000-0000-000000000000' else occurrence_of(f.application_id) end,
    f.item_type, f.item_uid, f.item_date, f.item_total_minor, f.before_minor, f.amount_minor
from portion_reliefs as f
join event_type as t on t.name = case f.document_type
    when 'payment' then case when f.is_undone then 'payment.unapplied' else 'payment.applied' end
    when 'refund' then case when f.is_undone then 'refund.failed' else 'refund.paid' end
    else case
        when f.item_type = 'origin' then 'credit_memo.issued' when f.is_undone then 'credit.unapplied' else 'credit.applied'
    end
end;
