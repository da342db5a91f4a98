-- their lines: debit positive, in minor units
select to_jsonb(l)::text as line
from journal_line as l
join journal_entry as e on e.id = l.entry_id
join batch as b on b.batch_no = e.batch_no
where b.read_instant = %(read_instant)s
order by e.batch_no, e.reference, e.id, l.line_no
