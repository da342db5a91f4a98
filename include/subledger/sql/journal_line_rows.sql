-- one row per journal line
select entry_id::varchar as entry_id, * exclude (entry_id) from journal_line;
