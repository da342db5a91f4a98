-- those that billing deleted for good
insert into seen select document_uid, batch_no, true from batch_row
