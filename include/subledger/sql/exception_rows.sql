-- one row per document and cause that needs a person
select subject_uid::varchar as subject_uid, * exclude (subject_uid) from exception_row;
