-- one row: how many documents differ
select count(distinct document_uid) as document_count from difference
