-- one row per document of the bucket that the register is asked about
select document_uid from bucket_documents
union
select document_uid from bucket_deletions;
