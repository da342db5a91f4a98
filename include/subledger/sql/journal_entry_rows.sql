-- one row per journal entry
select id::varchar as id, * exclude (id) from journal_entry;
