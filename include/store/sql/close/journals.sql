-- one row per journal category: the posted entries of a legal entity and period
select e.category, count(distinct e.id)::bigint as entry_count, count(*)::bigint as line_count,
    coalesce(sum(l.document_count), 0)::bigint as document_count,
    coalesce(sum(l.functional_minor) filter (where l.functional_minor > 0), 0)::bigint as debit_minor
from journal_entry as e
join journal_line as l on l.entry_id = e.id
where e.legal_entity_code = %(entity)s and e.period_name = %(period)s and e.state in ('posted', 'verified', 'reversed')
group by e.category
order by e.category
