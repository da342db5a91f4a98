-- one row per journal line
select * from journal_line;
