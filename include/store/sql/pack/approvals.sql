-- the proposals that these batches are, with who made and who approved each, and what the second person was shown
select to_jsonb(r)::text as line
from reclassification as r
join batch as b on b.batch_no = r.batch_no
where b.read_instant = %(read_instant)s
union all
select to_jsonb(r)::text
from entry_reversal as r
join batch as b on b.batch_no = r.batch_no
where b.read_instant = %(read_instant)s
order by 1
