-- one row per document whose outcome lies in what was booked of it: something waits, or it was in the books before
create or replace table touched as
select b.document_uid, min(g.held_reason) as held_reason
from booking as b
join posting_group as g on g.group_no = b.group_no
where g.held_reason is not null or b.document_uid in (select d.document_uid from decision as d where d.prior_accounted_hash is not null)
group by b.document_uid;

create or replace table quarantine_cause as
select document_uid, min(rule) as rule from finding where quarantines group by document_uid;

create or replace table first_wait as
select document_uid, min(reason) as reason from waiting group by document_uid;

-- one row per landed document: its outcome in the accounted-for equation
create or replace view outcome as
select
    d.document_uid, d.bucket, d.document_type, d.native_id,
    coalesce(e.code, 'UNASSIGNED') as legal_entity_code, coalesce(c.code, 'unknown') as currency, d.document_date, d.total_minor,
    case
        when d.step = 'deleted_after_accounting' then 'excluded'
        when d.step <> 'account' then d.step
        when p.document_uid is not null then 'excluded'
        when t.held_reason is not null then 'held'
        when d.prior_accounted_hash is null then 'new'
        when t.document_uid is not null or d.prior_accounted_hash <> d.content_hash then 'changed'
        else 'unchanged'
    end as outcome,
    case
        when d.step = 'deleted_after_accounting' then d.step
        when d.step = 'excluded' then d.exclusion
        when d.step = 'quarantined' then q.rule
        when d.step = 'account' and p.document_uid is not null then 'reversed_by_person'
        when d.step = 'account' and t.held_reason is not null then t.held_reason
        else ''
    end as reason,
    d.content_hash as seen_hash,
    d.prior_version_no,
    case
        when d.stays_given_up then 'superseded'
        when d.step = 'quarantined' then 'quarantined'
        when d.step in ('excluded', 'account') and starts_with(d.exclusion, 'not_yet_supported') then 'excluded:' || d.exclusion
        when d.step = 'account' and w.reason is not null then w.reason
    end as retry_reason
from decision as d
left join touched as t on t.document_uid = d.document_uid
left join quarantine_cause as q on q.document_uid = d.document_uid
left join first_wait as w on w.document_uid = d.document_uid
left join withdrawn_document as p on p.document_uid = d.document_uid
left join legal_entity as e on e.code = d.legal_entity_code
left join currency as c on c.code = d.currency;
