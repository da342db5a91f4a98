-- those that billing deleted for good
insert into seen select document_uid::uuid, batch_no, true from batch_row
