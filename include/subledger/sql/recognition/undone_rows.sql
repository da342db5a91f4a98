-- one row per journal entry of recognition that was given up and does not count any more
select journal_entry_id from newly_undone;
