-- documents seen before; an older snapshot than the one committed last never comes this far
update tieout.document_register as r
set state = n.state, hash_version = n.hash_version, version_no = n.version_no, batch_no = b.batch_no, seen_rank = b.snapshot_rank,
    accounted_hash = n.accounted_hash, seen_hash = n.seen_hash, legal_entity_code = n.legal_entity_code, currency = n.currency,
    document_date = n.document_date, total_minor = n.total_minor, is_live = n.is_live
from new_register as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch) and r.document_uid = n.document_uid
