-- one row per dispute of the portion that was lost of invoices of a legal entity that is not configured: a person is told whose they are
insert into finding
select l.document_uid, 'intercompany_not_bookable',
    'lost of invoices of a legal entity that is not configured, ' || string_agg(distinct l.invoice_entity_code, ', ' order by l.invoice_entity_code),
    false
from portion_lines as l
join live_document as d on d.document_uid = l.document_uid and d.document_type = 'dispute' and d.status = 'lost'
left join legal_entity as e on e.code = l.invoice_entity_code
where l.line_kind = 'settled' and l.invoice_entity_code is not null and e.code is null
group by l.document_uid;
