-- one row per state and category: entries of a legal entity and period that the ERP has not confirmed
select coalesce(e.held_reason, e.state) as state, e.category, count(distinct e.id)::bigint as entry_count,
    coalesce(sum(l.functional_minor) filter (where l.functional_minor > 0), 0)::bigint as debit_minor
from journal_entry as e
join journal_line as l on l.entry_id = e.id
where e.legal_entity_code = %(entity)s and e.period_name = %(period)s
    and e.state not in ('posted', 'verified', 'reversed', 'superseded')
group by coalesce(e.held_reason, e.state), e.category
order by 1, 2
