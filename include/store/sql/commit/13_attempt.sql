-- the attempt is the one that counts
update tieout.attempt
set state = 'committed', state_at = now()
where id = (select attempt_id::uuid from new_batch)
