-- one row per line of a changed document of the bucket: its terms, and what is recognised on it after this run
select * from changed_state order by document_uid, event_type, line_no, group_no;
