-- one row per journal entry of these batches that was given up: what it holds is booked anew by another
select e.id::text as id
from journal_entry as e
join batch as b on b.batch_no = e.batch_no
where b.source_code = %(source)s and b.read_instant between %(since)s and %(read_instant)s and e.state = 'superseded'
