-- one row per document of the portion with an event that no posting rule, or more than one equally specific rule, matches
insert into finding
select distinct
    l.document_uid,
    case m.winner_count when 0 then 'no_posting_rule' else 'ambiguous_posting_rule' end,
    case m.winner_count
        when 0 then 'no posting rule for ' || t.name || ' on ' || worded(m.event_date) || coalesce(' with revenue treatment ' || m.revenue_treatment, '')
        else 'equally specific posting rules for ' || t.name || ': ' || m.winners
    end,
    true
from event_line as l
join event_shape as m on m.first_key = l.first_key and m.second_key = l.second_key
left join event_type as t on t.code = l.event_type
where m.winner_count <> 1;
