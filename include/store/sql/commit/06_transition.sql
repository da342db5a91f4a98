-- the first trace of each entry: where it starts
insert into tieout.posting_transition (id, journal_entry_id, actor, attempt_no, to_state, detail)
select md5(n.id || '|' || n.state)::uuid, n.id, 'account', 0, n.state, n.held_reason
from new_entry as n
