-- one row per journal entry group that is asked for and that there was not before, with the entry that gathers it as its legal entity wants
create or replace temp table new_group as
select g.*, entry_day_of(e.gathered_by, g.posting_date, g.held_reason) as entry_day, entry_category_of(e.entries_per, g.category) as entry_category,
    e.line_amounts = 'net' as is_net, e.gathered_by = 'document' as tells_documents
from (
    select legal_entity_code, posting_date, period_name, currency, category, held_reason from asked_place
    except
    select legal_entity_code, posting_date, period_name, currency, category, held_reason from posting_group
) as g
join legal_entity as e on e.code = g.legal_entity_code;

insert into entry_group
select (select coalesce(max(entry_no), 0) from entry_group) + row_number() over (), *, 1, 0
from (
    select legal_entity_code, entry_day, period_name, currency, entry_category, held_reason, is_net, tells_documents from new_group
    except
    select legal_entity_code, entry_day, period_name, currency, category, held_reason, is_net, tells_documents from entry_group
);

insert into posting_group
select (select coalesce(max(group_no), 0) from posting_group) + row_number() over (),
    e.entry_no, g.legal_entity_code, g.posting_date, g.period_name, g.currency, g.category, g.held_reason
from new_group as g
join entry_group as e
    on e.legal_entity_code = g.legal_entity_code and e.entry_day is not distinct from g.entry_day and e.period_name = g.period_name
    and e.currency = g.currency and e.category = g.entry_category and e.held_reason is not distinct from g.held_reason;
