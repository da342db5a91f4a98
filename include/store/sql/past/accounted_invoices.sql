-- one row per asked document that stood in the books before the batch at hand
select document_uid from known where accounted_hash is not null
