-- one row per document, as the register keeps it: what the floor copies into PostgreSQL
select
    md5('uid/' || id)::uuid as document_uid, 1 as source_id, document_type, 1 as state, 1 as hash_version, 1 as version_no, 1 as batch_no,
    1 as seen_rank, '\x' || sha256(id) as accounted_hash, '\x' || sha256(id) as seen_hash
from (select id::varchar as id, 1 as document_type from invoices union all select id::varchar, 3 from payments)
order by document_uid
