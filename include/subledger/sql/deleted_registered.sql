-- one row per document of the portion that billing deleted for good and the register knows
select x.document_uid, max(r.batch_no) as batch_no
from portion_deletions as x
join register_row as r on r.document_uid = x.document_uid
group by x.document_uid;
