-- one row per word that a person gave on posted entries of a legal entity and period: documents booked anew after a rule was corrected,
-- entries that were reversed, and entries let go on after the ERP had refused them
select r.approved_at as at, r.approved_by as person, 'booked documents anew, as proposed by ' || r.proposed_by as what, r.reason
from reclassification as r
where r.approved_at is not null
    and r.batch_no in (
        select e.batch_no from journal_entry as e where e.legal_entity_code = %(entity)s and e.period_name = %(period)s)
union all
select r.answered_at, r.answered_by, 'reversed entry ' || r.reference || case when r.is_rebooked then ' and booked it anew' else ' for good' end
        || ', as proposed by ' || r.proposed_by, r.reason
from entry_reversal as r
where r.batch_no in (
        select e.batch_no from journal_entry as e where e.legal_entity_code = %(entity)s and e.period_name = %(period)s)
union all
select t.at, t.actor, 'let entry ' || e.reference || ' go on', coalesce(t.detail, '')
from posting_transition as t
join journal_entry as e on e.id = t.journal_entry_id
where e.legal_entity_code = %(entity)s and e.period_name = %(period)s and t.from_state = 'rejected' and t.to_state = 'ready'
order by 1, 2, 3
