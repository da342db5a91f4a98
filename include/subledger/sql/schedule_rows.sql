-- one row per line of the portion's accounted documents that was put into deferred revenue, with the terms by which it is
-- earned; of a document that has none any more, one row without a line. What a foreign one is worth is known once it is booked
create or replace temp table schedule_row as
with component as (
    select l.document_uid, l.event_type, l.line_no, h.legal_entity_code, l.currency, h.revenue_treatment, h.product_line, d.department,
        d.region,
        -sum(s.side * case s.component
            when 'net' then l.net_minor when 'tax' then l.tax_minor when 'gross' then l.net_minor + l.tax_minor else l.amount_minor
        end)::bigint as amount_minor
    from wanted_line as l
    join event_shape as h on h.shape_no = l.shape_no
    join dimension as d on d.dimension_no = l.dimension_no
    join event_type as t on t.code = l.event_type and t.name in (
        'invoice.issued', 'invoice.written_off', 'invoice.recovered', 'credit_memo.issued', 'dispute.lost', 'dispute.borne')
    join shape_line as s on s.shape_no = l.shape_no and s.role = 'deferred_revenue'
    group by all
)
select
    d.bucket, d.document_uid, c.event_type, c.line_no, c.legal_entity_code, c.currency, c.revenue_treatment, c.product_line, c.department, c.region,
    c.amount_minor, m.method, m.service_start, m.service_end, m.recognition_date, m.begins_date, m.ended_date, m.from_date,
    m.base_minor, m.base_earned_minor, null::bigint as functional_minor
from decision as d
left join component as c on c.document_uid = d.document_uid and c.amount_minor <> 0
left join schedule_term as m on m.document_uid = c.document_uid and m.line_no = c.line_no
where d.portion = getvariable('portion') and d.step = 'account' and d.document_type in ('invoice', 'credit_memo', 'dispute')
    and (c.document_uid is not null or d.prior_accounted_hash is not null);

-- what a termination releases of what no credit takes: out of the days after it, and earned on its day by a row whose number is negative
create or replace temp table released_rest as
select r.document_uid, r.event_type, r.line_no, m.rest_minor + r.amount_minor as rest_minor
from schedule_row as r
join schedule_term as m on m.document_uid = r.document_uid and m.line_no = r.line_no
where m.rest_minor + r.amount_minor > 0;

insert into schedule_row
select r.* replace (
    -r.line_no as line_no, x.rest_minor as amount_minor, 'on_date' as method, null as service_start, null as service_end, r.from_date as recognition_date,
    null as from_date, null as base_minor, null as base_earned_minor)
from schedule_row as r
join released_rest as x on x.document_uid = r.document_uid and x.event_type = r.event_type and x.line_no = r.line_no;

update schedule_row as r
set amount_minor = r.amount_minor - x.rest_minor
from released_rest as x
where x.document_uid = r.document_uid and x.event_type = r.event_type and x.line_no = r.line_no;
