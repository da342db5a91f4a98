-- one row per entry group and part with the journal entry that carries it; its texts are enumerations, which are written to files in
-- half the time
create or replace type entity_text as enum (select distinct legal_entity_code from posting_group order by 1);
create or replace type currency_text as enum (select distinct currency from posting_group order by 1);
create or replace type period_text as enum (select distinct period_name from posting_group order by 1);
create or replace type held_text as enum (select distinct held_reason from posting_group where held_reason is not null order by 1);
create or replace type category_text as enum (select distinct category from posting_group order by 1);

create table numbered_part as
select g.group_no, i.part_no, e.part_count, i.entry_id as journal_entry_id, g.legal_entity_code::entity_text as legal_entity_code, g.posting_date,
    g.period_name::period_text as period_name, g.currency::currency_text as currency, g.category::category_text as category,
    g.held_reason::held_text as held_reason
from posting_group as g
join entry_group as e on e.entry_no = g.entry_no
join entry_id as i on i.entry_no = g.entry_no;

-- one row per booking with the journal entry that carries it
create view numbered_booking as
select b.*, p.* exclude (group_no, part_no, part_count)
from booking as b
join numbered_part as p on p.group_no = b.group_no and p.part_no = part_of(b.document_uid, p.part_count);
