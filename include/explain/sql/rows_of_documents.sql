-- one row per row of one dataset, as it was landed or decided, that belongs to the documents at hand; as a constant, so that only
-- row groups with these documents are read
select * from stored_file as s
where list_contains(getvariable('wanted_uids')::uuid[], s.document_uid)
