-- the landed rows of the portion, with keys as UUIDs
create or replace temp view portion_documents as
    select * replace (document_uid::uuid as document_uid) from landed_documents;
create or replace temp view portion_lines as
    select * replace (document_uid::uuid as document_uid) from landed_lines;
create or replace temp view portion_line_taxes as
    select * replace (document_uid::uuid as document_uid) from landed_line_taxes;
create or replace temp view portion_applications as
    select * replace (document_uid::uuid as document_uid, invoice_uid::uuid as invoice_uid) from landed_applications;
create or replace temp view portion_reliefs as
    select * replace (document_uid::uuid as document_uid) from landed_reliefs;
create or replace temp view portion_deletions as
    select * replace (document_uid::uuid as document_uid) from landed_deletions;
