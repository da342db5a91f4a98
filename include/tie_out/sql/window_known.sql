-- the landed documents of one document type, legal entity and currency that changed themselves
create or replace temp table known_documents as
select d.document_uid, coalesce(d.total_minor, 0) as total_minor
from landed_documents as d
where d.document_type = getvariable('document_type') and coalesce(d.legal_entity_code, 'UNASSIGNED') = getvariable('entity')
    and d.currency = getvariable('currency') and d.row_xid >= getvariable('horizon');
