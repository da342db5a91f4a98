-- one row per asked document that the register knew before the batch at hand, as it knew it then. A version that was not accounted
-- when it was first seen (quarantined, not yet supported) counts as accounted from the first booking made of it on
create temporary table known as
with version as (
    select v.document_uid, v.version_no, v.batch_no, v.state, v.seen_hash,
        lead(v.batch_no) over (partition by v.document_uid order by v.version_no) as next_batch_no
    from asked as a
    join tieout.every_version as v on v.document_uid = a.document_uid
    where v.batch_no < current_setting('tieout.batch_no')::bigint
),
judged as (
    select v.*, v.state = 1 or exists (
        select from tieout.event_booking as b
        where b.document_uid = v.document_uid and b.reverses_no is null and b.batch_no >= v.batch_no
            and b.batch_no < coalesce(v.next_batch_no, current_setting('tieout.batch_no')::bigint)) as is_accounted
    from version as v
),
-- what a quarantined version left standing is what the version before it was
standing as (
    select distinct on (document_uid) document_uid, case when is_accounted then seen_hash end as accounted_hash
    from judged
    where is_accounted or state <> 3
    order by document_uid, version_no desc
)
select distinct on (j.document_uid) j.document_uid, case when j.is_accounted then 1::smallint else j.state end as state,
    j.version_no, j.batch_no, s.accounted_hash, j.seen_hash
from judged as j
left join standing as s on s.document_uid = j.document_uid
order by j.document_uid, j.version_no desc
