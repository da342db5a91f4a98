-- the way of each entry to the ledger: who, when, hash of what was sent, what came back
select to_jsonb(t)::text as line
from posting_transition as t
join journal_entry as e on e.id = t.journal_entry_id
join batch as b on b.batch_no = e.batch_no
where b.read_instant = %(read_instant)s
order by e.batch_no, e.reference, t.at, t.id
