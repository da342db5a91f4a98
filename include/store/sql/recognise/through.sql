-- up to which day each legal entity's lines are recognised
insert into tieout.recognised_through (source_code, legal_entity_code, through_date, batch_no)
select b.source_code, n.legal_entity_code, n.through_date, b.batch_no
from new_through as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch)
on conflict (source_code, legal_entity_code) do update
set through_date = greatest(recognised_through.through_date, excluded.through_date), batch_no = excluded.batch_no
