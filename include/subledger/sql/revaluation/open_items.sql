-- one row per legal entity, asked period and open item in a foreign currency: what is open of it at the end of the period, and what that
-- was worth when it arose
create table open_item as
select i.legal_entity_code, p.period_name, p.end_date, i.currency, i.role, i.account_code, i.party_key, i.item_uid,
    sum(i.amount_minor)::bigint as amount_minor, sum(i.functional_minor)::bigint as functional_minor
from item_file as i
join asked_period as p on p.legal_entity_code = i.legal_entity_code and i.posting_date <= p.end_date
semi join revalued_role as r on r.legal_entity_code = i.legal_entity_code and r.role = i.role
anti join superseded_entry as s on s.journal_entry_id = i.journal_entry_id
group by all
having sum(i.amount_minor) <> 0;

-- the days of which `day_rates.sql` finds the closing rates
insert into document_state by name
select distinct legal_entity_code, currency, end_date as document_date from open_item;
