-- one row per legal entity with an entry of an earlier revaluation that does not stand in its ERP yet, or is not given up
select e.legal_entity_code, min(e.posting_date) as posting_date, count(*) as entry_count, (array_agg(e.reference order by e.posting_date, e.reference))[1] as reference
from journal_entry as e
join batch as b on b.batch_no = e.batch_no and b.kind = 'revaluation' and b.source_code = %(source)s
join unnest(%(entities)s::text[], %(starts)s::date[]) as p (legal_entity_code, start_date)
    on p.legal_entity_code = e.legal_entity_code and e.posting_date <= p.start_date
where e.state not in ('verified', 'reversed', 'superseded')
group by e.legal_entity_code
order by 1
