-- one row per new entry of a period's next day: the entry that must stand in the ERP before it is sent. That is the revaluation that it
-- takes back, of this run or an earlier one; where nothing is revalued any more, what took that back
with entry as (
    select legal_entity_code, revalued_period, currency, half, category, entry_id, getvariable('run_no')::integer as run_no from entry_id
    union all
    select distinct r.legal_entity_code, r.revalued_period, r.currency, r.half, r.category, r.journal_entry_id, r.run_no
    from revalued_file as r
    anti join superseded_entry as s on s.journal_entry_id = r.journal_entry_id
),
last_at_end as (
    select legal_entity_code, revalued_period, currency, entry_id
    from entry
    where half = 'end'
    qualify row_number() over (partition by legal_entity_code, revalued_period, currency order by run_no desc, category = 'reversal') = 1
)
select i.entry_id as id, e.entry_id as follows
from entry_id as i
join last_at_end as e
    on e.legal_entity_code = i.legal_entity_code and e.revalued_period = i.revalued_period and e.currency = i.currency
where i.half = 'start'
order by 1;
