-- the documents of the bucket that the batches landed
insert into seen select document_uid, batch_no, coalesce(is_deleted, false) from batch_row
