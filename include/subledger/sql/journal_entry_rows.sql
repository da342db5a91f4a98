-- one row per journal entry
select * from journal_entry;
