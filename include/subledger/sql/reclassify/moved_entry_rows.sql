-- one row per journal entry of recognition of which amounts are moved
select journal_entry_id from moved_entry order by journal_entry_id;
