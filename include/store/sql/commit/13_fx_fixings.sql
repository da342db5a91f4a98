-- the rates that the books have used now: a later correction does not reach the days they were used for
insert into tieout.fx_fixing (legal_entity_code, currency, on_date, rate, rate_date, batch_no)
select n.legal_entity_code, n.currency, n.on_date, n.rate::numeric, n.rate_date, b.batch_no
from new_fixing as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch)
on conflict (legal_entity_code, currency, on_date) do nothing
