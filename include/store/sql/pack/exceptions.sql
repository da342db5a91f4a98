-- what needed a person in these batches, as it stands now
select to_jsonb(x)::text as line
from exception as x
where exists (
    select from batch as b where b.read_instant = %(read_instant)s and b.batch_no between x.first_batch_no and x.last_batch_no
        and (x.source_code is null or x.source_code = b.source_code))
order by x.cause
