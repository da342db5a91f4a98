-- the chosen documents of the bucket at hand, by type and name
insert into chosen select document_uid, document_type, native_id from stored_file
