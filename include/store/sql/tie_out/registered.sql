-- one row per legal entity, document type, day and currency of a source's live documents dated from a day on
select t.legal_entity_code, t.document_type, t.document_date, t.currency, t.document_count, t.total_minor::bigint as total_minor
from tieout.document_total as t
join tieout.source_stream as s on s.source_id = t.source_id
where s.source_code = current_setting('tieout.source_code') and t.document_date >= current_setting('tieout.since')::date
    and (t.document_count <> 0 or t.total_minor <> 0)
