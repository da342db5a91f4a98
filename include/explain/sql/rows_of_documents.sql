-- one row per row of one dataset, as it was landed or decided, that belongs to the documents at hand
select * from stored_file as s
where s.document_uid::varchar in (select w.document_uid from wanted as w)
