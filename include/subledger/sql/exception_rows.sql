-- one row per document and cause that needs a person
select * from exception_row;
