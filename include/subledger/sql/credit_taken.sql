-- one row per line that takes back part of an invoice line, or of which part was lost, and that earlier credit memos had lessened: what they took
-- of what the invoice line has not earned yet by the day that counts. One that made the service cheaper took the same part of
-- every day, one that ended it the same part of every day from then on; where what is left is released then, nothing is left of them
create or replace temp table credit_taken as
with lessened as (
    select l.document_uid, l.line_no, l.recognition_method, e.default_revenue_effect, e.uncredited_rest,
        case when d.document_type = 'credit_memo' then l.credited_net_minor else l.recognition_amount_minor end as whole_minor,
        case when d.document_type = 'credit_memo' then l.credited_service_start else l.service_start end as service_start,
        case when d.document_type = 'credit_memo' then l.credited_service_end else l.service_end end as service_end,
        case when d.document_type = 'credit_memo' then l.credited_recognition_date else l.recognition_date end as recognition_date,
        case d.document_type
            when 'dispute' then d.closed_date
            when 'invoice' then d.written_off_date
            else credited_from(coalesce(l.revenue_effect, e.default_revenue_effect), l.effective_date, d.document_date)
        end as as_of
    from portion_lines as l
    join live_document as d on d.document_uid = l.document_uid
    join legal_entity as e on e.code = coalesce(l.invoice_entity_code, d.legal_entity_code)
    where l.line_kind <> 'credited' and (d.document_type = 'credit_memo' or (d.document_type = 'dispute' and l.line_kind = 'settled') or l.line_kind = 'written_off')
),
credit as (
    select l.*, c.amount_minor as credit_minor, coalesce(c.revenue_effect, l.default_revenue_effect) as effect,
        unearned_minor(l.whole_minor, l.recognition_method, l.service_start, l.service_end, l.recognition_date, l.as_of) as unearned_minor,
        case when coalesce(c.revenue_effect, l.default_revenue_effect) = 'termination'
            then unearned_minor(l.whole_minor, l.recognition_method, l.service_start, l.service_end, l.recognition_date, c.effective_date)
            else l.whole_minor
        end as of_minor
    from lessened as l
    join portion_lines as c on c.document_uid = l.document_uid and c.line_no = l.line_no and c.line_kind = 'credited'
)
select document_uid, line_no,
    sum(case
        when of_minor <= 0 then 0
        -- of a service that ends later, all the days that it takes are still to come
        else divide_half_up(
            case when effect = 'termination' and uncredited_rest = 'release' then of_minor else least(credit_minor, of_minor) end::hugeint
                * least(unearned_minor, of_minor), of_minor)
    end)::bigint as taken_minor
from credit
where effect in ('termination', 'price_reduction')
group by document_uid, line_no;
