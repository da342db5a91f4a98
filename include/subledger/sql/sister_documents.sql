-- one row per document of the portion that takes money or a receivable of another legal entity for its own, where nothing says what the two
-- owe each other: it waits for a person
insert into finding
select d.document_uid, 'intercompany_not_bookable',
    case d.document_type
        when 'refund' then 'it pays back a payment of a legal entity that is not configured, ' || d.parent_entity_code
        else 'of kind ' || d.kind || ', but ' || case when d.parent_entity_code <> d.legal_entity_code
            then 'its invoice is of legal entity ' || d.parent_entity_code
            else 'the disputed payment is of legal entity ' || d.dispute_entity_code end
    end,
    true
from portion_documents as d
join document_state as s on s.document_uid = d.document_uid
left join legal_entity as e on e.code = d.parent_entity_code
where s.exclusion is null and not s.is_deleted
    and case d.document_type
        when 'refund' then d.parent_entity_code <> d.legal_entity_code and e.code is null
        when 'credit_memo' then (d.kind in ('write_off', 'chargeback') and d.parent_entity_code <> d.legal_entity_code)
            or (d.kind = 'chargeback' and d.dispute_entity_code <> d.legal_entity_code)
        else false
    end;
