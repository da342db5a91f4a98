-- of what differs, only events that were named, and only where something is undone and booked anew: what never was booked, or has no
-- place in the books any more, is for a night to settle. But an invoice that is to bill in arrears what it billed as revenue, or no
-- longer, takes with it what was delivered before it: one without the other would leave unbilled receivable open
create or replace temp table event_delta as
with anew as (
    select b.document_uid, b.event_type, b.occurrence
    from (
        select document_uid, event_type, occurrence
        from event_delta
        group by all
        having bool_or(reverses_no is null) and bool_or(reverses_no is not null)
    ) as b
    semi join reopened_event as r on r.document_uid = b.document_uid and r.event_type = b.event_type and r.occurrence = b.occurrence
),
concerned as (
    from anew
    union
    select d.document_uid, d.event_type, d.occurrence
    from event_delta as d
    join event_type as t on t.code = d.event_type and t.name = 'service.delivered'
    join event_type as i on i.name = 'invoice.issued'
    semi join anew as a on a.document_uid = d.document_uid and a.event_type = i.code
)
select e.*
from event_delta as e
semi join concerned as c on c.document_uid = e.document_uid and c.event_type = e.event_type and c.occurrence = e.occurrence;
