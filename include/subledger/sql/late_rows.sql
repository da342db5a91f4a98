-- one row per journal entry, period that it belongs to by the days of its events, and measure: what it changes there
select n.journal_entry_id::varchar as entry_id, a.own_period, a.measure, count(distinct a.document_uid) as document_count,
    sum(a.amount_minor)::bigint as amount_minor
from late_amount as a
join numbered_booking as n on n.booking_id = a.booking_id
group by n.journal_entry_id, a.own_period, a.measure
