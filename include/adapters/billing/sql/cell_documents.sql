-- one row per document of one document type, legal entity, currency and, where it is given, day; written at or after a horizon
-- include: billed_documents.sql
select b.id::text as native_id, b.total_minor::bigint as total_minor, b.row_xid::text::bigint as row_xid,
    b.deleted_at is null as is_live
from billed as b
where b.document_type = current_setting('tieout.cell_type')
    and coalesce(b.legal_entity_code, 'UNASSIGNED') = current_setting('tieout.cell_entity')
    and b.currency = current_setting('tieout.cell_currency')
    and (current_setting('tieout.cell_date') = '' or b.document_date = nullif(current_setting('tieout.cell_date'), '')::date)
    and b.row_xid >= current_setting('tieout.horizon')::xid8
