-- one row: how many documents are booked anew
select count(distinct document_uid) as document_count from stored_entry
