-- one row per chosen document
select document_uid from chosen order by document_uid
