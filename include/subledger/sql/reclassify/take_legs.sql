-- the legs of all runs whose entry stands
insert into recorded_leg
select l.run_id, l.group_no, l.as_of, l.legal_entity_code, l.currency, l.posting_date, l.period_name, l.account_code, l.party_key, l.role,
    l.department, l.region, l.product_line, l.side, l.rule_id, l.journal_entry_id
from leg_file as l
anti join given_up as g on g.journal_entry_id = l.journal_entry_id
where l.as_of between getvariable('first_day') and getvariable('last_day');

-- one row per run, group and day: by which legs, as one name, and on which day it was posted. The rule's name and the account's role
-- are no difference
create or replace temp table recorded_way as
select run_id, group_no, as_of, any_value(legal_entity_code) as legal_entity_code, any_value(currency) as currency,
    any_value(posting_date) as posting_date,
    digest(in_any_order(list(concat(
        hashed_field(account_code), hashed_field(party_key), hashed_field(department), hashed_field(region), hashed_field(product_line),
        hashed_number(side))))) as way
from recorded_leg
group by run_id, group_no, as_of;
