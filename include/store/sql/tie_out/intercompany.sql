-- one row per other legal entity and currency with which this one ever had anything: what each has in its books of it, by key (document
-- and occurrence). What was given up before it was posted does not stand
with leg as (
    select l.document_uid, l.occurrence, l.document_type || ' ' || l.native_id as document, l.legal_entity_code, l.sister_code, l.currency,
        l.amount_minor, e.reference, coalesce(e.held_reason, e.state) as state, e.state not in ('verified', 'reversed') as is_pending
    from intercompany_leg as l
    join journal_entry as e on e.id = l.journal_entry_id
    where e.state <> 'superseded'
),
mine as (
    select distinct document_uid, occurrence from intercompany_leg where legal_entity_code = %(entity)s or sister_code = %(entity)s
),
key as (
    select l.document_uid, l.currency, min(l.document) as document,
        coalesce(max(l.legal_entity_code) filter (where l.legal_entity_code <> %(entity)s), max(l.sister_code), 'unknown') as sister_code,
        coalesce(sum(l.amount_minor) filter (where l.legal_entity_code = %(entity)s), 0) as ours_minor,
        coalesce(sum(l.amount_minor) filter (where l.legal_entity_code <> %(entity)s), 0) as theirs_minor,
        count(*) filter (where l.is_pending) as pending_count,
        min(l.legal_entity_code || ' ' || l.reference || ' ' || l.state) filter (where l.is_pending) as pending_entry
    from leg as l
    join mine as m on m.document_uid = l.document_uid and m.occurrence = l.occurrence
    group by l.document_uid, l.occurrence, l.currency
),
judged as (
    select k.*, k.ours_minor + k.theirs_minor <> 0 as is_unlike,
        exists (select from document_retry as r where r.document_uid = k.document_uid and r.reason = 'superseded') as is_given_up
    from key as k
)
select sister_code, currency, count(*) as key_count,
    coalesce(sum(greatest(ours_minor, 0)), 0)::bigint as ours_debit, coalesce(sum(greatest(-ours_minor, 0)), 0)::bigint as ours_credit,
    coalesce(sum(greatest(-theirs_minor, 0)), 0)::bigint as theirs_debit, coalesce(sum(greatest(theirs_minor, 0)), 0)::bigint as theirs_credit,
    count(*) filter (where is_unlike and not is_given_up) as unlike_count,
    count(*) filter (where is_unlike and is_given_up) as given_up_count,
    count(*) filter (where pending_count > 0) as pending_count,
    (array_agg(document || ' (' || ours_minor || ' here, ' || theirs_minor || ' there)' order by document)
        filter (where is_unlike and not is_given_up))[1:%(named)s] as unlike,
    (array_agg(document || ' (' || pending_entry || ')' order by document) filter (where pending_count > 0))[1:%(named)s] as pending
from judged
group by sister_code, currency
order by sister_code, currency
