-- one row per event of a dispute and line of it: each movement of money, and what a lost one costs.
-- A loss is what was withdrawn and not given back, no more than the payment less its refunds, less what chargeback credit memos
-- took over. It first takes what the payment left unapplied; the rest is allotted to the invoice lines that the payment
-- settled, with the tax printed there: what is not earned by the day of the loss comes out of deferred revenue. What it settled for a sister
-- entity is passed on to that entity, which bears it by its own policy
create or replace temp table dispute_event as
with dispute as (
    select d.*, e.chargeback_loss, e.chargeback_tax_relief
    from live_document as d
    join legal_entity as e on e.code = d.legal_entity_code
    where d.document_type = 'dispute'
),
movement as (
    select d.*, l.line_id, l.line_kind, l.amount_minor, l.effective_date
    from dispute as d
    join portion_lines as l on l.document_uid = d.document_uid
    where l.line_kind in ('withdrawn', 'reinstated')
),
lost as (
    select d.*,
        greatest(least(m.taken_minor, d.payment_minor - d.refunded_minor) - d.covered_minor, 0) as loss_minor,
        least(
            greatest(least(m.taken_minor, d.payment_minor - d.refunded_minor) - d.covered_minor, 0),
            greatest(d.payment_unapplied_minor, 0)) as unapplied_minor
    from dispute as d
    join (
        select document_uid, sum(case line_kind when 'withdrawn' then amount_minor else -amount_minor end)::bigint as taken_minor
        from movement
        group by document_uid
    ) as m on m.document_uid = d.document_uid
    where d.status = 'lost'
),
settled as (
    select d.document_uid, coalesce(l.invoice_entity_code, d.legal_entity_code) as bearer_code, d.closed_date, d.loss_minor - d.unapplied_minor as loss_minor, l.line_no, l.product_line, l.department, l.region,
        l.revenue_treatment, l.recognition_method, l.service_start, l.service_end, l.recognition_date,
        l.recognition_amount_minor, coalesce(t.taken_minor, 0) as taken_minor, l.amount_minor + l.tax_minor as gross_minor, l.tax_minor,
        sum(l.amount_minor + l.tax_minor) over (partition by d.document_uid order by l.line_no) as upto_minor,
        sum(l.amount_minor + l.tax_minor) over (partition by d.document_uid) as whole_minor
    from lost as d
    join portion_lines as l on l.document_uid = d.document_uid
    left join credit_taken as t on t.document_uid = l.document_uid and t.line_no = l.line_no
    where l.line_kind = 'settled'
),
allotted as (
    select *, allotted_minor(least(loss_minor, whole_minor), gross_minor, upto_minor, whole_minor) as lost_gross_minor
    from settled
),
taxed as (
    select *, in_proportion(lost_gross_minor, tax_minor, gross_minor) as lost_tax_minor
    from allotted
),
split as (
    select *, lost_gross_minor - lost_tax_minor as lost_net_minor,
        case when revenue_treatment = 'ratable' then
            unearned_part(
                lost_gross_minor - lost_tax_minor, recognition_amount_minor, taken_minor, recognition_method, service_start,
                service_end, recognition_date, closed_date)
        else 0 end as unearned_net_minor
    from taxed
),
portioned as (
    select *, 'unearned' as portion, unearned_net_minor as net_part_minor,
        in_proportion(unearned_net_minor, lost_tax_minor, lost_net_minor) as tax_part_minor
    from split
),
loss as (
    select document_uid, bearer_code, line_no, product_line, department, region, portion, net_part_minor as net_minor, tax_part_minor as tax_minor
    from portioned
    union all
    select document_uid, bearer_code, line_no, product_line, department, region, 'earned', lost_net_minor - net_part_minor, lost_tax_minor - tax_part_minor
    from portioned
    union all
    select document_uid, legal_entity_code, 0, null, null, null, 'unapplied', unapplied_minor, 0 from lost
),
-- of an entity that is not configured nobody bears it: it stays a claim
borne as (
    select l.*, occurrence_of(l.bearer_code) as occurrence, b.chargeback_loss, b.chargeback_tax_relief
    from loss as l
    join lost as d on d.document_uid = l.document_uid and d.legal_entity_code <> l.bearer_code
    join legal_entity as b on b.code = l.bearer_code
    where l.net_minor <> 0 or l.tax_minor <> 0
)
select
    document_uid, legal_entity_code, currency, document_date, customer_ref, channel, processor_account as at_processor, bank_account_ref as at_bank,
    case line_kind when 'withdrawn' then 'dispute.opened' else 'dispute.won' end as event, occurrence_of(line_id) as occurrence, 1 as line_no, true as is_single,
    effective_date as event_date, amount_minor
from movement
union all by name
select
    d.document_uid, d.legal_entity_code, d.currency, d.document_date, d.customer_ref,
    'dispute.lost' as event, uuid '00000000-0000-0000-0000-000000000000' as occurrence, l.line_no, false as is_single,
    d.closed_date as event_date, l.portion, d.chargeback_loss as loss_account, d.chargeback_tax_relief as tax_relief,
    l.product_line, l.department, l.region, l.net_minor, l.tax_minor, 0::bigint as amount_minor
from lost as d
join loss as l on l.document_uid = d.document_uid and l.bearer_code = d.legal_entity_code
where l.net_minor <> 0 or l.tax_minor <> 0
union all by name
select
    d.document_uid, d.legal_entity_code, d.currency, d.document_date, d.customer_ref,
    'dispute.passed_on' as event, b.occurrence, 1 as line_no, true as is_single, d.closed_date as event_date, b.bearer_code as sister,
    sum(b.net_minor + b.tax_minor)::bigint as amount_minor
from lost as d
join borne as b on b.document_uid = d.document_uid
group by all
having sum(b.net_minor + b.tax_minor) <> 0
union all by name
select
    d.document_uid, b.bearer_code as legal_entity_code, d.currency, d.document_date, d.customer_ref,
    'dispute.borne' as event, b.occurrence, b.line_no, false as is_single,
    d.closed_date as event_date, b.portion, b.chargeback_loss as loss_account, b.chargeback_tax_relief as tax_relief,
    b.product_line, b.department, b.region, b.net_minor, b.tax_minor, d.legal_entity_code as sister, 0::bigint as amount_minor
from lost as d
join borne as b on b.document_uid = d.document_uid;
