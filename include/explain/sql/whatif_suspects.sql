-- the documents of the bucket whose amounts in the books and by the other rules are not the same, day by day and account by account: told by one
-- number for each document, which is nothing where they are. Two that differ come to nothing by chance once in 2 to the power of 61
create or replace temp table suspect as
with both_sides as (
    -- the books, reversals taken off
    select s.document_uid, (hash(s.legal_entity_code, s.event_date, s.account_code) >> 3)::hugeint * s.own_minor as told
    from stored_entry as s
    semi join stored_file as d on d.document_uid = s.document_uid
    anti join (select entry_id::uuid as entry_id from given_up) as g on g.entry_id = s.journal_entry_id
    where s.event_date between getvariable('first_day') and getvariable('last_day')
    union all
    select document_uid, -(hash(legal_entity_code, event_date, account_code) >> 3)::hugeint * amount_minor from ruled_amount
)
select document_uid from both_sides group by document_uid having sum(told) <> 0;
