-- one row per asked document that the register knew before the batch at hand: whether it stood in the books
select document_uid, accounted_hash is not null as is_accounted from known where accounted_hash is not null or state <> 4
