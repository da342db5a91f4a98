-- one row: where this snapshot stands
-- The identifier ends in the timeline: it changes when the database is restored to an earlier moment or fails over.
-- The rank counts the transactions that are over; of two snapshots of one database the later has the higher rank.
select
    (select s.system_identifier from pg_control_system() as s)::text
        || '/' || (select p.timeline_id from pg_control_checkpoint() as p)::text as system_identifier,
    pg_snapshot_xmin(s.snapshot)::text::bigint as horizon,
    pg_snapshot_xmax(s.snapshot)::text::bigint - (select count(*) from pg_snapshot_xip(s.snapshot)) as rank
from (select pg_current_snapshot() as snapshot) as s
