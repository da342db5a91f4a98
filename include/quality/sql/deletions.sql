-- one row per document that was deleted for good
select document_uid, document_type, native_id, bucket
from landed_deletions
