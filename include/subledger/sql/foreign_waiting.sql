-- one row per application of a foreign document whose two open items cannot be valued: it waits, the cash does not
insert into waiting
select distinct l.document_uid, l.occurrence, 'not_yet_supported_foreign_currency'
from application_line as l
join foreign_document as f on f.document_uid = l.document_uid
where (select count(distinct v.item_type) from relief_value as v where v.document_uid = l.document_uid and v.occurrence = l.occurrence) < 2
    and not exists (from waiting as w where w.document_uid = l.document_uid and w.occurrence = l.occurrence);
