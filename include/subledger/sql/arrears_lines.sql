-- one row per line of the portion that an invoice bills in arrears, where its legal entity wants it so: the service ended before the
-- accounting period of the invoice began, and its rule books some of it to an account of income, which belongs to the day on which
-- the service ended. Whether that period is open plays no part here: a day in a closed one is posted late, like any other
create or replace temp table arrears_line as
with income as (
    select s.shape_no, s.legal_entity_code, s.event_date, r.component, r.part
    from event_shape as s
    join event_type as t on t.code = s.event_type and t.name = 'invoice.issued'
    join legal_entity as e on e.code = s.legal_entity_code and e.arrears = 'service_period'
    join rule_line as r on r.rule_id = s.rule_id
    join role_account as a on a.legal_entity_code = s.legal_entity_code and a.role = r.role and a.is_income
    where s.winner_count = 1 and s.line_kind is distinct from 'rounding'
),
begun as (
    -- where periods of the ERP overlap, the shortest; where it has none, the calendar month
    select d.legal_entity_code, d.event_date, coalesce(p.start_date, date_trunc('month', d.event_date)::date) as period_start
    from (select distinct legal_entity_code, event_date from income) as d
    left join period as p on p.legal_entity_code = d.legal_entity_code and d.event_date between p.start_date and p.end_date
    qualify row_number() over (
        partition by d.legal_entity_code, d.event_date order by p.end_date - p.start_date, p.start_date desc, p.period_name) = 1
),
served as (
    select document_uid, line_no, service_end
    from portion_lines
    -- beside its own lines an invoice shows what a loss is made of
    where service_end < (select max(period_start) from begun) and coalesce(line_kind, '') not in ('written_off', 'settled', 'credited')
)
select l.rowid as place, s.shape_no, v.service_end, bool_or(i.component <> 'net') as takes_tax
from served as v
join event_line as l on l.document_uid = v.document_uid and l.line_no = v.line_no
join event_shape as s on s.first_key = l.first_key and s.second_key = l.second_key
join begun as b on b.legal_entity_code = s.legal_entity_code and b.event_date = s.event_date and v.service_end < b.period_start
join income as i on i.shape_no = s.shape_no
where part_of_amount(i.part, case i.component
    when 'net' then l.net_minor when 'tax' then l.tax_minor when 'gross' then l.net_minor + l.tax_minor else l.amount_minor end) <> 0
group by l.rowid, s.shape_no, v.service_end;

-- the shapes of such lines: as the invoice bills them, without a day, and as they are told on the day on which the service ended.
-- The rule is that of the invoice, of its day: there is no other that could book the service elsewhere
create or replace temp table arrears_key as
select t.shape_no as billed_no, t.service_end, hash(s.first_key, t.service_end, 'arrears') as first_key,
    hash('arrears', t.service_end, s.second_key) as second_key
from (
    select distinct shape_no, service_end from arrears_line
    union all
    select distinct shape_no, null from arrears_line
) as t
join event_shape as s on s.shape_no = t.shape_no;

insert into event_shape
with told as (
    select k.billed_no, k.service_end, k.first_key, k.second_key,
        (select max(shape_no) from event_shape)::integer + (row_number() over ())::integer as shape_no
    from arrears_key as k
    where not exists (from event_shape as s where s.first_key = k.first_key and s.second_key = k.second_key)
)
select s.* replace (
    t.shape_no as shape_no, t.first_key as first_key, t.second_key as second_key,
    case when t.service_end is null then s.event_type else d.code end as event_type,
    coalesce(t.service_end, s.event_date) as event_date,
    to_base64(unhex(substring(sha256(
        case when t.service_end is null then concat(s.shape_name, named_field('billed', 'arrears'))
        -- an invoice that moves within its period tells the same
        else concat(
            hashed_field(d.name), hashed_field(s.legal_entity_code), hashed_number(t.service_end), hashed_field(s.revenue_treatment),
            hashed_field(s.product_line), hashed_field(s.document_sign), hashed_field(s.line_kind)) end), 1, 36))) as shape_name)
from told as t
join event_shape as s on s.shape_no = t.billed_no
join event_type as d on d.name = 'service.delivered';

insert into arrears_shape
select s.shape_no, k.service_end is not null
from arrears_key as k
join event_shape as s on s.first_key = k.first_key and s.second_key = k.second_key
where s.shape_no not in (select shape_no from arrears_shape);

-- one event per day on which services ended: a line that ended on another day belongs to another one
insert into event_line by name
select l.document_uid, d.code as event_type, occurrence_of(a.service_end::varchar) as occurrence, l.line_no, false as is_single, l.currency,
    l.document_date, l.department, l.region, l.customer_ref, l.net_minor, case when a.takes_tax then l.tax_minor else 0 end as tax_minor,
    0::bigint as amount_minor, k.first_key, k.second_key
from arrears_line as a
join event_line as l on l.rowid = a.place
join arrears_key as k on k.billed_no = a.shape_no and k.service_end = a.service_end
join event_type as d on d.name = 'service.delivered';

update event_line as l
set first_key = k.first_key, second_key = k.second_key
from arrears_line as a, arrears_key as k
where l.rowid = a.place and k.billed_no = a.shape_no and k.service_end is null;
