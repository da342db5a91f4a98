-- one row per document of which a line came more than once, or without a name. Lines that look alike are searched for first: to
-- count the names of each document's lines apart would take longer than all else here
create temp table repeated_line as
with suspect as (
    select hash(document_uid, line_id) as digest from landed_lines group by digest having count(*) > 1 or count(line_id) < count(*)
)
select document_uid, count(*) - count(distinct line_id) as repeated_lines
from landed_lines
where hash(document_uid, line_id) in (select digest from suspect)
group by document_uid
having count(*) > count(distinct line_id);

-- one row per document with lines: what they add up to
create temp table line_fact as
select
    document_uid, any_value(document_type) as document_type, any_value(native_id) as native_id, any_value(bucket) as bucket,
    count(*) as line_count,
    count(*) filter (where product_sku is null and line_kind <> 'rounding') as lines_without_product,
    count(*) filter (where revenue_effect is null) as lines_without_effect,
    count(*) filter (where revenue_effect not in ('termination', 'price_reduction', 'goodwill')) as lines_of_unknown_effect,
    -- what is earned over time needs its days, unless it takes another line back and is earned as that one
    count(*) filter (
        where revenue_treatment = 'ratable' and credited_net_minor is null
            and case coalesce(recognition_method, 'daily')
                when 'on_date' then recognition_date is null when 'immediate' then false else service_start is null or service_end is null
            end) as lines_without_days,
    count(*) filter (where service_end < service_start) as lines_ending_before_start,
    count(*) filter (where line_kind = 'adjustment') as adjustment_items,
    count(*) filter (where coalesce(line_kind, '') not in ('withdrawn', 'reinstated', 'settled')) as unknown_movements,
    count(*) filter (where line_kind in ('withdrawn', 'reinstated') and coalesce(amount_minor, -1) < 0) as movements_below_zero,
    count(*) filter (where coalesce(line_kind, '') not in ('payment', 'refund', 'dispute', 'fee', 'reserve', 'release', 'adjustment')) as unknown_items,
    sum(amount_minor)::bigint as line_amount,
    -- what is recognised of each, which is its net where it says nothing
    sum(coalesce(recognition_amount_minor, amount_minor - discount_minor - case when is_tax_inclusive then tax_minor else 0 end))::bigint as line_recognised,
    sum(amount_minor - discount_minor - case when is_tax_inclusive then tax_minor else 0 end)::bigint as line_net,
    sum(discount_minor)::bigint as line_discount,
    sum(tax_minor)::bigint as line_tax,
    sum(amount_minor - discount_minor - case when is_tax_inclusive then tax_minor else 0 end + tax_minor)::bigint as line_total
from landed_lines
-- what the loss of an invoice is made of, what credit memos left of it, and what was credited before, is no part of it
where not (document_type = 'invoice' and coalesce(line_kind, '') in ('written_off', 'settled', 'residual')) and coalesce(line_kind, '') <> 'credited'
group by document_uid;
