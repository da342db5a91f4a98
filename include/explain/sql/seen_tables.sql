-- one row per document of the bucket and batch that landed it or saw it deleted
create or replace temp table seen (document_uid uuid, batch_no bigint, is_deleted boolean)
