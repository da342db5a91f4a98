-- one row per batch of the source to be tied out: its newest night, and of the last thirty those that never were
select b.batch_no, b.kind, b.horizon_from, b.horizon_to, b.read_instant, b.manifest
from batch as b
where b.source_code = %(source)s
    and (
        b.batch_no = (select max(n.batch_no) from batch as n where n.source_code = %(source)s and n.kind = 'night')
        or (
            b.batch_no in (select r.batch_no from batch as r where r.source_code = %(source)s order by r.batch_no desc limit 30)
            and not exists (select from tie_out as t where t.batch_no = b.batch_no)))
order by b.batch_no
