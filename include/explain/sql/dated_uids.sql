-- one row per chosen document
select distinct document_uid from dated
