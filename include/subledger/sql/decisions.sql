-- one row per landed document: what becomes of it; numbered in no particular order
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
    s.document_uid, (row_number() over ())::integer as document_no, s.portion, s.bucket, s.document_type, s.native_id, s.legal_entity_code, s.currency, s.document_date, s.total_minor,
    s.content_hash, s.exclusion, r.version_no as prior_version_no, r.accounted_hash as prior_accounted_hash,
    r.seen_hash as prior_seen_hash, r.state as prior_state, r.is_live as prior_is_live,
    case
        when (s.is_deleted or s.is_hard_deleted) and r.accounted_hash is not null then 'deleted_after_accounting'
        when s.is_deleted or s.is_hard_deleted then 'deleted'
        when s.exclusion is not null and r.accounted_hash is null then 'excluded'
        when q.document_uid is not null then 'quarantined'
        when r.state = 1 and r.accounted_hash = s.content_hash and t.document_uid is null and u.document_uid is null then 'unchanged'
        else 'account'
    end as step,
    -- it left the books, but the reversal was given up before it was posted: what it undid stands again
    coalesce(t.is_given_up, false) and r.accounted_hash is null and w.document_uid is null as is_unfinished,
    -- an entry of it was given up, and what it booked cannot be read: it stays given up until it can
    coalesce(t.is_given_up, false) and w.document_uid is not null as stays_given_up
from document_state as s
left join register_row as r on r.document_uid = s.document_uid
left join quarantine as q on q.document_uid = s.document_uid
left join retry_row as t on t.document_uid = s.document_uid
left join uprooted as u on u.document_uid = s.document_uid
left join withheld_document as w on w.document_uid = s.document_uid;

-- one row per landed document with what the register is to hold of it
create view registered as
select
    d.document_uid, d.document_type, y.code as document_type_code,
    -- as billing has them, for its totals
    coalesce(d.legal_entity_code, 'UNASSIGNED') as billed_entity_code, coalesce(d.currency, 'unknown') as billed_currency,
    d.document_date, d.total_minor, d.step not in ('deleted', 'deleted_after_accounting') as is_live,
    case
        when d.step = 'deleted_after_accounting' then d.prior_state
        when d.step = 'deleted' then 4
        when d.step = 'quarantined' then 3
        when d.exclusion is not null then 2
        else 1
    end::smallint as state,
    d.content_hash as seen_hash,
    case
        when d.step in ('deleted_after_accounting', 'quarantined', 'unchanged') then d.prior_accounted_hash
        when d.step = 'account' and d.exclusion is null then d.content_hash
    end as accounted_hash,
    d.prior_version_no,
    d.prior_version_no is null as is_first,
    -- state or accounted version differ from what the register holds, or it does not know what the document was
    d.step in ('account', 'deleted', 'quarantined', 'excluded') or d.prior_is_live is null as is_moved,
    d.prior_seen_hash is distinct from d.content_hash as is_new_version
from decision as d
join document_type as y on y.name = d.document_type;
