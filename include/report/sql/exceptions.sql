-- one row per open exception, at most `listed` of each cause: those with the most money at risk. Causes likewise: what is late first,
-- then the one with the most at risk first. No rate turns one currency into another here: whole units are compared as they are
with known (currency, exponent) as (
    select * from unnest(%(currencies)s::text[], %(exponents)s::int[])
),
ages as (
    -- found in the commit of a night or after it: the nights committed later make it older
    select o.opened_at, 1 + count(n.committed_at) as age_nights
    from (select distinct opened_at from exception where state = 'open') as o
    left join (select min(committed_at) as committed_at from batch group by read_instant) as n
        on n.committed_at > o.opened_at
    group by o.opened_at
),
at_risk as (
    -- in functional currency where that can be said
    select x.*, coalesce(x.desk_severity, x.severity) as sorted_severity, coalesce(x.desk_owner, x.owner) as sorted_owner,
        coalesce(x.risk_minor, x.amount_minor) as at_risk_minor,
        case when x.risk_minor is null then x.currency else x.risk_currency end as at_risk_currency
    from exception as x
    where x.state = 'open'
),
weighed as (
    select r.*, abs(r.at_risk_minor) / power(10::numeric, coalesce(k.exponent, 2)) as weight
    from at_risk as r
    left join known as k on k.currency = r.at_risk_currency
),
ranked as (
    select w.*, sum(w.weight) over (partition by w.category, w.rule) as group_weight,
        bool_or(w.escalated_at is not null and w.word is distinct from 'waived') over (partition by w.category, w.rule) as is_late,
        row_number() over (partition by w.category, w.rule order by w.weight desc, w.cause) as place
    from weighed as w
)
select r.category, r.rule, r.sorted_severity as severity, r.suggested_fix, r.sorted_owner as owner, r.legal_entity_code, r.at_risk_currency as currency,
    r.at_risk_minor as amount_minor, r.subject_type, r.subject_id, r.message, a.age_nights
from ranked as r
join ages as a on a.opened_at = r.opened_at
where r.place <= %(listed)s
order by r.is_late desc, r.group_weight desc, r.category, r.rule, r.place
