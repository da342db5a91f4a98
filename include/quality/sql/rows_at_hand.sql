-- the landed rows at hand, with keys as UUIDs
create temp view landed_document as select * replace (document_uid::uuid as document_uid) from landed_documents;
create temp view line as select * replace (document_uid::uuid as document_uid) from landed_lines;
create temp view line_tax as select * replace (document_uid::uuid as document_uid) from landed_line_taxes;
create temp view application as select * replace (document_uid::uuid as document_uid) from landed_applications;
create temp view deletion as select * replace (document_uid::uuid as document_uid) from landed_deletions;

-- a draft, and a document that is deleted, claims nothing: only the others are judged
create temp view document as
    select * from landed_document where not is_deleted and coalesce(status, '') not in ('draft', 'pending');

-- one row per document that came: how often, and whether it is judged
create temp table header as
select document_uid, count(*) as copies, bool_or(not is_deleted and coalesce(status, '') not in ('draft', 'pending')) as is_judged
from landed_document
group by document_uid;
