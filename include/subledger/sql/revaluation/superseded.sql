-- one row per journal entry that was given up before it was posted: what it holds does not stand
create table superseded_entry as select journal_entry_id::uuid as journal_entry_id from superseded_text;
