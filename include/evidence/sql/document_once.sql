-- The rows of a table of documents, each document once. Of one that came more than once a row is kept that is to be judged, if there is
-- one: it has an exception, and whichever row is kept, nothing of it is booked. The rest of the order only makes the choice the same each time.
create or replace temp macro document_once(documents) as table
with twin as (
    select document_uid from query_table(documents) group by document_uid having count(*) > 1
)
from query_table(documents) where document_uid not in (select document_uid from twin)
union all
from (
    from query_table(documents) as d
    where d.document_uid in (select document_uid from twin)
    qualify row_number() over (
        partition by d.document_uid
        order by d.is_deleted, coalesce(d.status in ('draft', 'pending'), false), d.row_xid desc, d::varchar
    ) = 1
);
