-- what the foreign documents of the portion settle of open items, by the event that does it
insert into relief by name
select f.document_uid, t.code as event_type, case when f.application_id is null then uuid '00000000-0000-0000-0000-000000000000' else occurrence_of(f.application_id) end as occurrence,
    f.item_type, f.item_uid, f.item_date, f.item_total_minor, f.before_minor, f.amount_minor,
    case when f.item_type = 'invoice' and a.currency <> d.currency then a.currency end as currency,
    -- the receivable stands in the books of the entity that billed, what a refund pays back in those of the one that collected
    case when f.item_type = 'invoice' then a.invoice_entity_code when f.document_type = 'refund' then d.parent_entity_code end as legal_entity_code
from portion_reliefs as f
join portion_documents as d on d.document_uid = f.document_uid
left join portion_applications as a on a.document_uid = f.document_uid and a.application_id = f.application_id
join event_type as t on t.name = case f.document_type
    when 'invoice' then 'small_balance.written_off'
    when 'payment' then
        case
            when f.item_type = 'invoice' and a.invoice_entity_code <> d.legal_entity_code then 'intercompany.'
            when f.item_type = 'invoice' and a.currency <> d.currency then 'exchange.'
            else 'payment.'
        end
        || case when f.is_undone then 'unapplied' else 'applied' end
    when 'refund' then case
        when d.parent_entity_code <> d.legal_entity_code and f.is_undone then 'intercompany.refund_failed'
        when d.parent_entity_code <> d.legal_entity_code then 'intercompany.refunded'
        when f.is_undone then 'refund.failed'
        else 'refund.paid'
    end
    when 'payout' then case when f.is_undone then 'payout.failed' else 'payout.created' end
    else case
        -- what it credits by itself: the receivable, or what was disputed
        when f.application_id is null then case when f.is_undone then 'credit_memo.voided' else 'credit_memo.issued' end
        when f.item_type = 'invoice' and a.invoice_entity_code <> d.legal_entity_code then
            case when f.is_undone then 'intercompany.uncredited' else 'intercompany.credited' end
        when f.is_undone then 'credit.unapplied' else 'credit.applied'
    end
end;
