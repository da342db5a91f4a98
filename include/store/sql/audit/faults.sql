-- one row per link of a stretch of the chain that is not what it was when it was sealed, the first ones. What is hashed is said here
-- once more and not asked of the database's functions audit_content and audit_link_hash: whoever changes rows might change these
with link as (
    select c.seq, c.log_id, c.subject, c.row_sha256, c.hash, lag(c.seq) over w as previous_seq, lag(c.hash) over w as previous_hash
    from audit_chain as c
    -- the link before goes along, whichever is still there: this stretch must follow it
    where c.seq between (select coalesce(max(b.seq), 0) from audit_chain as b where b.seq < %(first)s) and %(last)s
    window w as (order by c.seq)
), judged as (
    select k.seq, k.log_id, k.subject, coalesce(k.previous_seq, 0) as previous_seq, k.row_sha256, l.id is not null as has_row,
        sha256(convert_to(jsonb_build_array(l.xact::text, to_char(l.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), l.db_role, l.actor,
            l.person, l.run_id, l.is_witnessed, l.action, l.subject_type, l.subject_id, l.legal_entity_code, l.correlation_id, l.before,
            l.after)::text, 'UTF8')) as found_sha256, l.subject_type || ' ' || l.subject_id as found_subject,
        l.action, l.at, l.db_role, l.actor, l.person,
        sha256(coalesce(k.previous_hash, decode(repeat('00', 32), 'hex')) || k.row_sha256
            || convert_to(k.seq || '|' || k.log_id || '|' || k.subject, 'UTF8')) = k.hash as is_linked
    from link as k
    left join audit_log as l on l.id = k.log_id
    where k.seq >= %(first)s
)
select j.seq, j.log_id, j.subject, j.previous_seq, j.has_row, j.found_subject, j.action, j.at, j.db_role, j.actor, j.person,
    j.previous_seq = j.seq - 1 as is_gapless, j.is_linked, j.found_sha256 = j.row_sha256 as is_unchanged
from judged as j
where j.previous_seq <> j.seq - 1 or not j.is_linked or not j.has_row or j.found_sha256 <> j.row_sha256
order by j.seq
limit %(limit)s
