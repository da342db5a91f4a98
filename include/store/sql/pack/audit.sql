-- the links of the audit log that are about this night, each with the hash of the link before it, so that it can be proven alone
with run as (
    select b.batch_no, b.id, b.attempt_id, b.rule_set_sha256, b.source_code
    from batch as b
    where b.read_instant = %(read_instant)s
), thing (correlation_id) as (
    select r.id::text from run as r
    union select r.attempt_id::text from run as r
    union select e.id::text from journal_entry as e join run as r on r.batch_no = e.batch_no
    union select c.sha256 from reclassification as c join run as r on r.batch_no = c.batch_no
    union select c.sha256 from entry_reversal as c join run as r on r.batch_no = c.batch_no
), subject (subject_type, subject_id) as (
    select 'night', %(night)s
    union select 'rule_set', r.rule_set_sha256 from run as r
    union select 'tie_out', t.id::text from tie_out_run as t where t.read_instant = %(read_instant)s
    union select 'exception', x.cause from exception as x join run as r on r.batch_no between x.first_batch_no and x.last_batch_no
        and (x.source_code is null or x.source_code = r.source_code)
)
select jsonb_build_object('seq', c.seq, 'log_id', c.log_id, 'subject', c.subject, 'previous_hash', encode(coalesce(p.hash, decode(repeat('00', 32), 'hex')), 'hex'),
    'row_sha256', encode(c.row_sha256, 'hex'), 'hash', encode(c.hash, 'hex'), 'content', audit_content(l))::text as line
from audit_log as l
join audit_chain as c on c.log_id = l.id
left join audit_chain as p on p.seq = c.seq - 1
where l.correlation_id in (select t.correlation_id from thing as t)
    or (l.subject_type, l.subject_id) in (select s.subject_type, s.subject_id from subject as s)
order by c.seq
