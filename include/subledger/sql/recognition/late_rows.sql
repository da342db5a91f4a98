-- one row per journal entry, period that it catches up, and measure: what it changes there, in the books' own currency
with own as (
    select d.legal_entity_code, d.as_of, p.period_name, p.end_date
    from (select distinct legal_entity_code, as_of from recognition_leg where category = 'late') as d
    join period as p on p.legal_entity_code = d.legal_entity_code and d.as_of between p.start_date and p.end_date
    -- where periods of the ERP overlap, the one that entries of the day are dated by
    qualify row_number() over (
        partition by d.legal_entity_code, d.as_of order by p.is_open desc, p.end_date - p.start_date, p.period_name) = 1
)
select i.entry_id::varchar as entry_id, o.period_name as own_period, m.measure, sum(s.line_count)::bigint as document_count,
    sum(s.functional_minor)::bigint as amount_minor
from leg_sum as s
join own as o on o.legal_entity_code = s.legal_entity_code and o.as_of = s.as_of and s.posting_date > o.end_date
join measured_account as m on m.legal_entity_code = s.legal_entity_code and m.account_code = s.account_code
join entry_id as i
    on i.legal_entity_code = s.legal_entity_code and i.entry_day is not distinct from s.entry_day and i.period_name = s.period_name
    and i.currency = s.currency and i.category = s.category and i.held_reason is not distinct from s.held_reason and i.part_no = s.part_no
group by i.entry_id, o.period_name, m.measure
