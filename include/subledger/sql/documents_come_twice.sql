-- whether a document of the portion came more than once
select document_uid from portion_documents group by document_uid having count(*) > 1 limit 1;
