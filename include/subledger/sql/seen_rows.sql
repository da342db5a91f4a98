-- one row per landed document: its open exceptions and its place among the documents to read again are settled tonight
select document_uid::varchar as document_uid from outcome;
