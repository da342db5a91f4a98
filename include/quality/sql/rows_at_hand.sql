-- a draft, and a document that is deleted, claims nothing: only the others are judged
create temp view document as
    select * from landed_documents where not is_deleted and coalesce(status, '') not in ('draft', 'pending');

-- one row per document that came: how often, and whether it is judged
create temp table header as
select document_uid, count(*) as copies, bool_or(not is_deleted and coalesce(status, '') not in ('draft', 'pending')) as is_judged
from landed_documents
group by document_uid;
