-- one row per landed document: what becomes of it. `is_booked_from` says that its events are compared with what is on file
create table decision as
with quarantine as (
    select distinct document_uid from finding where quarantines
),
-- what is applied to an invoice that leaves the books tonight is compared again, though nothing in it changed
uprooted as (
    select distinct l.document_uid
    from application_line as l
    join document_state as i on i.document_uid = l.waiting_invoice_uid
    join register_row as r on r.document_uid = i.document_uid
    where i.exclusion is not null and not i.is_deleted and r.accounted_hash is not null
)
select
    s.document_uid, s.portion, s.bucket, s.document_type, s.native_id, s.legal_entity_code, s.currency, s.document_date, s.total_minor,
    s.content_hash, s.exclusion, r.version_no as prior_version_no, r.accounted_hash as prior_accounted_hash,
    r.seen_hash as prior_seen_hash, r.state as prior_state, r.is_live as prior_is_live,
    case
        when (s.is_deleted or s.is_hard_deleted) and r.accounted_hash is not null then 'deleted_after_accounting'
        when s.is_deleted or s.is_hard_deleted then 'deleted'
        when s.exclusion is not null and r.accounted_hash is null then 'excluded'
        when q.document_uid is not null then 'quarantined'
        when r.state = 1 and r.accounted_hash = s.content_hash and t.document_uid is null and u.document_uid is null then 'unchanged'
        else 'account'
    end as step
from document_state as s
left join register_row as r on r.document_uid = s.document_uid
left join quarantine as q on q.document_uid = s.document_uid
left join retry_row as t on t.document_uid = s.document_uid
left join uprooted as u on u.document_uid = s.document_uid;
