-- one row per document, in the columns of the register: what the floor copies into PostgreSQL
select
    md5('uid/' || d.id)::uuid as document_uid, 1 as source_id, d.document_type, 1 as state, 1 as hash_version, 1 as version_no, 1 as batch_no,
    1 as seen_rank, md5(d.id)::uuid as accounted_hash, md5(d.id)::uuid as seen_hash, e.code as legal_entity_code, d.currency,
    d.document_date, d.total_minor, true as is_live
from (
    select id::varchar as id, 1 as document_type, legal_entity_id, currency, issue_date as document_date, total_minor from invoices
    union all
    select id::varchar, 3, legal_entity_id, currency, value_date, amount_minor from payments
) as d
join legal_entities as e on e.id = d.legal_entity_id
order by document_uid
