-- one row per document that was read: its content, as the register knows it
select document_uid, content_hash from document_state
