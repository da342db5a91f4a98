-- one row per document of the portion that the register is asked about
select document_uid from portion_documents
union
select document_uid from portion_deletions;
