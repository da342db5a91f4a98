-- one row per live document of one cell, by the register; asked for only where totals differ
select r.document_uid::text as document_uid, r.total_minor, r.batch_no
from tieout.document_register as r
join tieout.source_stream as s on s.source_id = r.source_id
where s.source_code = current_setting('tieout.source_code') and r.is_live
    and r.document_type = current_setting('tieout.cell_type')::smallint
    and r.legal_entity_code = current_setting('tieout.cell_entity')
    and r.currency = current_setting('tieout.cell_currency')
    and r.document_date = current_setting('tieout.cell_date')::date
