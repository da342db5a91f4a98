-- one row per event of an invoice that is written off, and line of it: the loss, and each amount that came in or went back after it.
-- The loss is what was open on the day of the write-off. It is allotted to the lines by what credit memos left of them, with the tax
-- printed there: what is not earned by then comes out of deferred revenue. What settles the receivable later takes the
-- loss back as it was made, what was earned first, and never more than all of it
create or replace temp table write_off_event as
with lost as (
    select d.*, occurrence_of('written_off') as occurrence, e.write_off_tax_relief
    from live_document as d
    join legal_entity as e on e.code = d.legal_entity_code
    where d.document_type = 'invoice' and d.written_off_date is not null and d.voided_date is null
),
settled as (
    select l.document_uid, l.line_id, l.line_no, l.effective_date, l.amount_minor, l.effective_date > d.written_off_date as is_later
    from lost as d
    join portion_lines as l on l.document_uid = d.document_uid
    where l.line_kind = 'settled'
),
open_item as (
    select d.document_uid, d.total_minor - coalesce(sum(s.amount_minor) filter (where not s.is_later), 0) as open_minor
    from lost as d
    left join settled as s on s.document_uid = d.document_uid
    group by d.document_uid, d.total_minor
),
line as (
    select l.document_uid, l.line_no, l.product_line, l.department, l.region, l.revenue_treatment, l.recognition_method, l.service_start,
        l.service_end, l.recognition_date, l.recognition_amount_minor, coalesce(t.taken_minor, 0) as taken_minor, d.written_off_date, o.open_minor,
        l.amount_minor + l.tax_minor as left_gross_minor, l.tax_minor as left_tax_minor,
        sum(l.amount_minor + l.tax_minor) over (partition by l.document_uid order by l.line_no) as upto_minor,
        sum(l.amount_minor + l.tax_minor) over (partition by l.document_uid) as whole_minor
    from lost as d
    join open_item as o on o.document_uid = d.document_uid
    join portion_lines as l on l.document_uid = d.document_uid
    left join credit_taken as t on t.document_uid = l.document_uid and t.line_no = l.line_no
    where l.line_kind = 'written_off'
),
allotted as (
    select *, allotted_minor(greatest(least(open_minor, whole_minor), 0), left_gross_minor, upto_minor, whole_minor) as gross_minor
    from line
),
taxed as (
    select *, in_proportion(gross_minor, left_tax_minor, left_gross_minor) as tax_minor
    from allotted
),
split as (
    select *, gross_minor - tax_minor as net_minor,
        case when revenue_treatment = 'ratable' then
            unearned_first(
                gross_minor - tax_minor, recognition_amount_minor, taken_minor, recognition_method, service_start,
                service_end, recognition_date, written_off_date)
        else 0 end as unearned_net_minor
    from taxed
),
taxed_split as (
    select *, in_proportion(unearned_net_minor, tax_minor, net_minor) as unearned_tax_minor
    from split
),
part as (
    select document_uid, line_no, product_line, department, region, 'earned' as portion, net_minor - unearned_net_minor as net_minor,
        tax_minor - unearned_tax_minor as tax_minor
    from taxed_split
    union all
    select document_uid, line_no, product_line, department, region, 'unearned', unearned_net_minor, unearned_tax_minor from taxed_split
    union all
    -- credit memos took all that the lines say, but did not settle the receivable
    select o.document_uid, 0, null, null, null, 'earned', (o.open_minor - coalesce(greatest(l.whole_minor, 0), 0))::bigint, 0
    from open_item as o
    left join (select document_uid, any_value(whole_minor) as whole_minor from line group by document_uid) as l on l.document_uid = o.document_uid
    where o.open_minor > coalesce(greatest(l.whole_minor, 0), 0)
),
-- the parts of a loss in the order in which they are taken back
queued as (
    select *,
        sum(net_minor + tax_minor) over (partition by document_uid, portion order by line_no) as upto_minor,
        sum(net_minor + tax_minor) over (partition by document_uid, portion) as whole_minor,
        greatest(coalesce(sum(net_minor + tax_minor) filter (where portion = 'earned') over (partition by document_uid), 0), 0) as earned_minor
    from part
    where net_minor <> 0 or tax_minor <> 0
),
came_in as (
    select document_uid, line_id, effective_date,
        sum(amount_minor) over so_far as upto_minor,
        sum(amount_minor) over so_far - amount_minor as before_minor
    from settled
    where is_later
    window so_far as (partition by document_uid order by effective_date, line_no desc)
),
-- how much of each part is taken back before a movement, and with it
taken_back as (
    select c.document_uid, c.line_id, c.effective_date, q.line_no, q.product_line, q.department, q.region, q.portion, q.net_minor, q.tax_minor, m.is_after,
        allotted_minor(share.minor, q.net_minor + q.tax_minor, q.upto_minor, q.whole_minor) as gross_minor
    from came_in as c
    cross join (values (false), (true)) as m (is_after)
    join queued as q on q.document_uid = c.document_uid
    cross join lateral (
        select greatest(case q.portion
            when 'earned' then least(case when m.is_after then c.upto_minor else c.before_minor end, q.whole_minor)
            else least(case when m.is_after then c.upto_minor else c.before_minor end - q.earned_minor, q.whole_minor)
        end, 0) as minor
    ) as share
),
valued as (
    select *, in_proportion(gross_minor, tax_minor, net_minor + tax_minor) as tax_back_minor
    from taken_back
),
recovered as (
    select document_uid, line_id, effective_date, line_no, product_line, department, region, portion,
        sum(case when is_after then gross_minor - tax_back_minor else tax_back_minor - gross_minor end)::bigint as net_minor,
        sum(case when is_after then tax_back_minor else -tax_back_minor end)::bigint as tax_minor
    from valued
    group by all
),
-- each has a line of its own: it is earned from its own day on
numbered as (
    select r.*, (
            max(r.line_no) over (partition by r.document_uid)
            + row_number() over (partition by r.document_uid order by r.effective_date, r.line_id, r.portion, r.line_no))::integer as number
    from recovered as r
    where r.net_minor <> 0 or r.tax_minor <> 0
)
select
    d.document_uid, d.legal_entity_code, d.currency, d.document_date, d.customer_ref,
    'invoice.written_off' as event, d.occurrence, p.line_no, p.line_no as of_line_no, false as is_single, d.written_off_date as event_date, p.portion,
    d.write_off_tax_relief as tax_relief, p.product_line, p.department, p.region, p.net_minor, p.tax_minor, 0::bigint as amount_minor
from lost as d
join part as p on p.document_uid = d.document_uid
where p.net_minor <> 0 or p.tax_minor <> 0
union all by name
select
    d.document_uid, d.legal_entity_code, d.currency, d.document_date, d.customer_ref,
    'invoice.recovered' as event, occurrence_of(r.line_id) as occurrence, r.number as line_no, r.line_no as of_line_no, false as is_single, r.effective_date as event_date, r.portion,
    d.write_off_tax_relief as tax_relief, r.product_line, r.department, r.region, r.net_minor, r.tax_minor, 0::bigint as amount_minor
from lost as d
join numbered as r on r.document_uid = d.document_uid;
