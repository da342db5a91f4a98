-- one row per legal entity, closed period and measure: what is booked of it in other periods by entries that count
select e.legal_entity_code, o.own_period, o.measure, sum(o.amount_minor)::bigint as amount_minor
from tieout.out_of_period as o
join tieout.journal_entry as e on e.id = o.entry_id
where e.state <> 'superseded' and e.period_name <> o.own_period
group by e.legal_entity_code, o.own_period, o.measure
