-- one row per batch that has posted entries of a legal entity in a period, with its manifest
select b.batch_no, b.manifest
from batch as b
where b.batch_no in (
    select e.batch_no from journal_entry as e
    where e.legal_entity_code = %(entity)s and e.period_name = %(period)s and e.state in ('posted', 'verified', 'reversed'))
order by b.batch_no
