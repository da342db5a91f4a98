-- one row per document of the portion whose late events wait for the period of their own day: by itself above what its legal entity
-- takes in a later period, or above what is left of that for the period, or because it takes back what waits there. They are
-- counted in order of days; from the first that is too much on, those behind it wait as well
create or replace temp table material_document as
with effect as (
    select a.document_uid, a.legal_entity_code, a.own_period, a.measure, min(a.event_date) as first_date, sum(a.amount_minor)::bigint as amount_minor
    from late_amount as a
    semi join late_booking as l on l.booking_id = a.booking_id
    where getvariable('judges_lateness')
    group by a.document_uid, a.legal_entity_code, a.own_period, a.measure
),
limited as (
    select e.*, x.document_limit_minor, x.period_limit_minor, f.functional_currency, c.exponent
    from effect as e
    join materiality as x
        on x.legal_entity_code = e.legal_entity_code and x.measure = e.measure
        and e.first_date between x.effective_from and coalesce(x.effective_to, e.first_date)
    join legal_entity as f on f.code = e.legal_entity_code
    join currency as c on c.code = f.functional_currency
),
alone as (
    select document_uid,
        string_agg(
            measure || ' of ' || own_period || ' changes by ' || decimal_text(amount_minor, exponent) || ' ' || functional_currency
                || ', more than ' || decimal_text(document_limit_minor, exponent) || ' per document', '; ' order by own_period, measure) as detail
    from limited
    where abs(amount_minor) > document_limit_minor
    group by document_uid
),
-- what is booked in other periods by now, and the documents of tonight before and with this one
running as (
    select l.*,
        coalesce(t.amount_minor, 0) + sum(l.amount_minor) over (
            partition by l.legal_entity_code, l.own_period, l.measure order by l.first_date, l.document_uid
            rows unbounded preceding) as reached_minor
    from limited as l
    left join (
        select legal_entity_code, own_period, measure, sum(amount_minor)::bigint as amount_minor from late_total group by all
    ) as t on t.legal_entity_code = l.legal_entity_code and t.own_period = l.own_period and t.measure = l.measure
    where l.document_uid not in (select a.document_uid from alone as a)
),
peaked as (
    select *, max(abs(reached_minor)) over (
        partition by legal_entity_code, own_period, measure order by first_date, document_uid rows unbounded preceding) as peak_minor
    from running
),
together as (
    select document_uid,
        string_agg(
            'with it, ' || measure || ' of ' || own_period || ' has changed by ' || decimal_text(reached_minor::bigint, exponent) || ' '
                || functional_currency || ' in later periods, and no more than ' || decimal_text(period_limit_minor, exponent)
                || ' may', '; ' order by own_period, measure) as detail
    from peaked
    where peak_minor > period_limit_minor
    group by document_uid
),
undone as (
    select distinct l.document_uid, 'it takes back what waits, or waited, for the period of its day' as detail
    from late_booking as l
    join stored_bookings as o
        on o.document_uid = l.document_uid and o.event_type = l.event_type and o.occurrence = l.occurrence and o.booking_no = l.reverses_no
    where o.held_reason = 'hold_for_reopen'
)
select document_uid, string_agg(detail, '; ' order by detail) as detail
from (from alone union all from together union all from undone)
group by document_uid;

insert into held_document select document_uid, detail from material_document;

-- what passed counts for the documents of the portions behind this one
insert into late_total
select a.legal_entity_code, a.own_period, a.measure, sum(a.amount_minor)::bigint
from late_amount as a
semi join late_booking as l on l.booking_id = a.booking_id
anti join material_document as m on m.document_uid = a.document_uid
group by a.legal_entity_code, a.own_period, a.measure;

-- one row per place at which their events wait: on their own days
create or replace temp table held_place as
select l.booking_id, l.legal_entity_code, l.event_date as posting_date, l.own_period as period_name, l.currency,
    case when l.reverses_no is not null then 'reversal' else t.category end as category, 'hold_for_reopen' as held_reason
from late_booking as l
semi join material_document as m on m.document_uid = l.document_uid
join event_type as t on t.code = l.event_type;

create or replace temp table asked_place as
select distinct legal_entity_code, posting_date, period_name, currency, category, held_reason from held_place;
