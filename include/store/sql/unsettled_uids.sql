-- one row per document of which something else may stand in the books than its newest version says (a person took it out of them, too),
-- and per refund: a failed one
-- is judged by whether it left
select document_uid
from tieout.document_register
where state <> 1 or accounted_hash is distinct from seen_hash or document_type = 4
union
select document_uid from tieout.withdrawn_event where lifted_at is null
