-- how many documents of the bucket may differ
select count(*) as document_count from suspect
