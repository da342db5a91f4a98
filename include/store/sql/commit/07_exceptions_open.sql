-- a cause that stands already is refreshed, a new one is opened, and one whose document passed tonight closes by itself
insert into tieout.exception (cause, category, severity, owner, source_code, legal_entity_code, currency, amount_minor,
    risk_minor, risk_currency, subject_type, subject_id, subject_uid, message, suggested_fix, first_batch_no, last_batch_no)
select n.cause, n.category, n.severity, n.owner, n.source_code, n.legal_entity_code, n.currency, n.amount_minor,
    n.risk_minor, n.risk_currency, n.subject_type, n.subject_id, n.subject_uid, n.message, n.suggested_fix, b.batch_no, b.batch_no
from new_exception as n
cross join tieout.batch as b
where b.id = (select id::uuid from new_batch)
on conflict (cause) do update
set category = excluded.category, severity = excluded.severity, owner = excluded.owner, legal_entity_code = excluded.legal_entity_code,
    currency = excluded.currency, amount_minor = excluded.amount_minor,
    risk_minor = excluded.risk_minor, risk_currency = excluded.risk_currency, message = excluded.message,
    suggested_fix = excluded.suggested_fix, state = 'open', last_batch_no = excluded.last_batch_no, closed_at = null,
    opened_at = case when exception.state = 'open' then exception.opened_at else now() end
