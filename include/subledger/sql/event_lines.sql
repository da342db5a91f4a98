-- one row per accounting event and line of it: what happened to the documents at hand, as their newest version tells, with all
-- that posting rules tell apart. Two hashes stand for that; `is_single` marks the events that have one line and no more
create or replace temp view told_event as
with line as (
    select d.document_uid, d.document_type, d.legal_entity_code, d.currency, d.document_date,
        -- a credit memo ends with its invoice as well
        least(
            case when d.status = 'void' then d.voided_date end,
            case when d.parent_voided_date is not null then greatest(d.document_date, d.parent_voided_date) end) as voided_date,
        d.kind, d.document_sign, d.customer_ref, l.line_no, l.revenue_treatment, l.product_line, l.line_kind,
        coalesce(l.revenue_effect, e.default_revenue_effect) as revenue_effect, l.department, l.region,
        -- of an invoice line, where billing says so, what is recognised of it: over an invoice it adds up to its net
        coalesce(
            case when d.document_type = 'invoice' then l.recognition_amount_minor end,
            l.amount_minor - l.discount_minor - case when l.is_tax_inclusive then l.tax_minor else 0 end) as net_minor,
        l.tax_minor, coalesce(t.taken_minor, 0) as taken_minor,
        l.credited_net_minor, l.recognition_method, l.credited_service_start, l.credited_service_end, l.credited_recognition_date, l.effective_date
    from live_document as d
    join portion_lines as l on l.document_uid = d.document_uid
    join legal_entity as e on e.code = d.legal_entity_code
    left join credit_taken as t on t.document_uid = l.document_uid and t.line_no = l.line_no
    where d.document_type in ('invoice', 'credit_memo') and coalesce(l.line_kind, '') not in ('written_off', 'settled', 'residual', 'credited')
),
-- of a credit: what it takes back of what is not earned yet. What makes a service cheaper takes that part of it, what ends it
-- all that is left, and only what exceeds it is revenue
split as (
    select *,
        case
            when document_type = 'invoice' or revenue_treatment is distinct from 'ratable' or revenue_effect = 'goodwill' then 0
            when credited_net_minor is null then net_minor
            when revenue_effect = 'termination' then unearned_first(
                net_minor, credited_net_minor, taken_minor, recognition_method, credited_service_start, credited_service_end,
                credited_recognition_date, credited_from(revenue_effect, effective_date, document_date))
            else unearned_part(
                net_minor, credited_net_minor, taken_minor, recognition_method, credited_service_start, credited_service_end,
                credited_recognition_date, document_date)
        end as unearned_net_minor
    from line
),
taxed as (
    select *, case when unearned_net_minor = net_minor then tax_minor else in_proportion(unearned_net_minor, tax_minor, net_minor) end as unearned_tax_minor
    from split
),
document_line as (
    select l.* replace (
            case p.portion when 'unearned' then unearned_net_minor when 'earned' then net_minor - unearned_net_minor else net_minor end as net_minor,
            case p.portion when 'unearned' then unearned_tax_minor when 'earned' then tax_minor - unearned_tax_minor else tax_minor end as tax_minor),
        p.portion
    from taxed as l
    join (values ('invoice', null), ('credit_memo', 'unearned'), ('credit_memo', 'earned')) as p (document_type, portion)
        on p.document_type = l.document_type
),
line_event as (
    select *, case document_type when 'invoice' then 'invoice.issued' else 'credit_memo.issued' end as event, document_date as event_date
    from document_line
    where portion is null or net_minor <> 0 or tax_minor <> 0
    union all
    select *, case document_type when 'invoice' then 'invoice.voided' else 'credit_memo.voided' end, voided_date
    from document_line
    where voided_date is not null and (portion is null or net_minor <> 0 or tax_minor <> 0)
),
application as (
    -- an application ends when it is reversed, or with the invoice, credit memo or payment that it stands on
    select d.document_uid, d.document_type, d.legal_entity_code, d.currency, d.document_date, d.customer_ref,
        a.application_id, a.invoice_uid, a.invoice_entity_code, a.amount_minor, a.adjustment_minor,
        -- one of no known kind waits; until then it needs a rule like any other
        case when t.tolerance_minor is null then 'small_balance' else a.adjustment_kind end as adjustment_kind, a.applied_date,
        case when d.document_type = 'payment' then
            case
                when a.invoice_entity_code is distinct from d.legal_entity_code then 'sister'
                when a.currency is distinct from d.currency then 'exchanged'
                else 'own'
            end
            when a.invoice_entity_code <> d.legal_entity_code then 'sister'
        end as settles,
        a.currency as invoice_currency, a.payment_amount_minor,
        case
            when a.invoice_entity_code is distinct from d.legal_entity_code and i.code is null
                then 'not_yet_supported_intercompany'
            when a.currency is distinct from d.currency and (d.document_type <> 'payment' or a.invoice_entity_code <> d.legal_entity_code)
                then 'not_yet_supported_foreign_currency'
            when a.invoice_entity_code <> d.legal_entity_code and a.invoice_currency is distinct from a.currency then 'exchange_amount_missing'
            when a.currency is distinct from d.currency
                and (a.payment_amount_minor is null or a.payment_currency is distinct from d.currency or a.invoice_currency is distinct from a.currency)
                then 'exchange_amount_missing'
            -- one in a foreign currency is judged by its worth
            when a.adjustment_minor <> 0 and e.functional_currency = a.currency
                and abs(a.adjustment_minor) > coalesce(t.tolerance_minor, -1) then 'adjustment_above_tolerance'
        end as waiting_reason,
        greatest(a.applied_date, least(a.reversed_date, a.invoice_voided_date, d.voided_date, d.parent_voided_date, d.reversed_date)) as ended_date,
        least(a.reversed_date, a.invoice_voided_date, d.voided_date, d.parent_voided_date, d.reversed_date) is not null as is_ended
    from live_document as d
    join portion_applications as a on a.document_uid = d.document_uid
    join legal_entity as e on e.code = d.legal_entity_code
    left join legal_entity as i on i.code = a.invoice_entity_code
    left join adjustment_tolerance as t on t.legal_entity_code = d.legal_entity_code and t.adjustment_kind = a.adjustment_kind
    -- these credit the receivable themselves
    where coalesce(d.kind, '') not in ('write_off', 'chargeback')
),
application_event as (
    select *, case document_type when 'payment' then 'payment.applied' else 'credit.applied' end as event, applied_date as event_date
    from application
    union all
    select *, case document_type when 'payment' then 'payment.unapplied' else 'credit.unapplied' end, ended_date
    from application
    where is_ended
),
application_part as (
    -- what cash settles, or a credit; and what is settled without cash
    select *, 1 as line_no, case when document_type = 'payment' then 'cash' end as settled_by, amount_minor as part_minor,
        coalesce(adjustment_minor, 0) = 0 as is_single
    from application_event
    where settles is distinct from 'exchanged'
    union all
    select *, 2, adjustment_kind, adjustment_minor, false
    from application_event
    where coalesce(adjustment_minor, 0) <> 0 and settles is distinct from 'exchanged'
    union all
    -- in another currency than the payment's: what it gives, and what it settles, each in its own currency
    select *, 1, 'cash', coalesce(payment_amount_minor, 0), true from application_event where settles = 'exchanged'
    union all
    select * replace (replace(event, 'payment.', 'exchange.') as event, invoice_currency as currency, null as settles),
        1, 'cash', amount_minor, coalesce(adjustment_minor, 0) = 0
    from application_event
    where settles = 'exchanged'
    union all
    select * replace (replace(event, 'payment.', 'exchange.') as event, invoice_currency as currency, null as settles),
        2, adjustment_kind, adjustment_minor, false
    from application_event
    where settles = 'exchanged' and coalesce(adjustment_minor, 0) <> 0
    union all
    -- one entity collects for another: the receivable stands in the books of the entity that billed
    select * replace (
            case event
                when 'payment.applied' then 'intercompany.applied' when 'payment.unapplied' then 'intercompany.unapplied'
                when 'credit.applied' then 'intercompany.credited' else 'intercompany.uncredited'
            end as event,
            invoice_entity_code as legal_entity_code, legal_entity_code as invoice_entity_code, 'sister' as settles),
        1, null, amount_minor + coalesce(adjustment_minor, 0), true
    from application_event
    where settles = 'sister'
),
cash_event as (
    select *, null::varchar as sister, case document_type when 'payment' then 'payment.received' else 'refund.paid' end as event,
        document_date as event_date
    from live_document
    where document_type = 'payment' or (document_type = 'refund' and coalesce(parent_entity_code, legal_entity_code) = legal_entity_code)
    union all
    select *, null, 'payment.reversed', reversed_date
    from live_document
    where document_type = 'payment' and status = 'reversed'
    union all
    select *, null, 'refund.failed', failed_date
    from live_document
    where document_type = 'refund' and status = 'failed' and coalesce(parent_entity_code, legal_entity_code) = legal_entity_code
    union all
    -- paid back for the entity that has the customer's credit: two legs
    select d.*, d.parent_entity_code, e.event, case when e.is_undone then d.failed_date else d.document_date end
    from live_document as d
    join (values ('refund.paid', false), ('refund.failed', true)) as e (event, is_undone) on d.status = 'failed' or not e.is_undone
    where d.document_type = 'refund' and d.parent_entity_code <> d.legal_entity_code
    union all
    select d.* replace (d.parent_entity_code as legal_entity_code, null::varchar as channel), d.legal_entity_code, e.event,
        case when e.is_undone then d.failed_date else d.document_date end
    from live_document as d
    join (values ('intercompany.refunded', false), ('intercompany.refund_failed', true)) as e (event, is_undone)
        on d.status = 'failed' or not e.is_undone
    where d.document_type = 'refund' and d.parent_entity_code <> d.legal_entity_code
),
every_event as (
    select
        document_uid, event, uuid '00000000-0000-0000-0000-000000000000' as occurrence, line_no, legal_entity_code, currency,
        document_date, event_date, null::uuid as waiting_invoice_uid, null::varchar as waiting_reason, false as is_single,
        revenue_treatment, product_line, document_sign, line_kind, revenue_effect, kind, portion,
        null::varchar as channel, null::varchar as method, null::varchar as processor, null::varchar as processor_account,
        null::varchar as bank_account_ref, null::varchar as refund_against,
        department, region, customer_ref, net_minor, tax_minor, 0::bigint as amount_minor,
        null::varchar as settled_by, null::varchar as settles, null::varchar as sister
    from line_event
    union all
    select
        document_uid, event, occurrence_of(application_id), line_no, legal_entity_code, currency,
        document_date, event_date, invoice_uid, waiting_reason, is_single,
        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, customer_ref, 0, 0, part_minor,
        settled_by, case when document_type = 'payment' then settles end, case when settles = 'sister' then invoice_entity_code end
    from application_part
    union all
    select
        document_uid, event, uuid '00000000-0000-0000-0000-000000000000', 1, legal_entity_code, currency,
        document_date, event_date, null, null, true,
        null, null, null, null, null, null, null, channel, method, processor, processor_account, bank_account_ref,
        case when document_type = 'refund' then
            case when credit_memo_id is not null or coalesce(payment_unapplied_minor, 0) >= total_minor then 'credit' else 'awaiting' end
        end,
        null, null, customer_ref, 0, 0, total_minor, null, null, sister
    from cash_event
    union all by name
    from processor_event
    union all by name
    from dispute_event
    union all by name
    from write_off_event
    union all by name
    from residual_event
    union all by name
    from conversion_event
)
select
    v.document_uid, t.code as event_type, v.occurrence, v.line_no, v.legal_entity_code, v.currency, v.document_date, v.event_date,
    v.waiting_invoice_uid, v.waiting_reason, v.is_single,
    v.revenue_treatment, v.product_line, v.document_sign, v.line_kind, v.revenue_effect, v.kind, v.channel, v.method,
    v.processor, v.processor_account, v.bank_account_ref, v.refund_against, v.fee_kind, v.settled, v.reverse_charge,
    v.portion, v.loss_account, v.tax_relief, v.settled_by, v.settles, v.sister,
    -- which money it is, where that decides on an account
    case when p.event_type is not null then {
        'currency': case when p.by_currency then v.currency end,
        'processor_account': case when p.by_processor_account then coalesce(v.processor_account, v.at_processor) end,
        'bank_account_ref': case when p.by_bank_account_ref then coalesce(v.bank_account_ref, v.at_bank) end
    } end as place,
    v.department, v.region, v.customer_ref, coalesce(v.net_minor, 0) as net_minor, coalesce(v.tax_minor, 0) as tax_minor, v.amount_minor,
    hash(
        t.code, v.legal_entity_code, v.event_date,
        v.revenue_treatment, v.product_line, v.document_sign, v.line_kind, v.revenue_effect, v.kind, v.channel, v.method,
        v.processor, v.processor_account, v.bank_account_ref, v.refund_against, v.fee_kind, v.settled, v.reverse_charge,
        v.portion, v.loss_account, v.tax_relief, v.settled_by, v.settles, v.sister, place) as first_key,
    hash(
        place, v.sister, v.settles, v.settled_by, v.tax_relief, v.loss_account, v.portion, v.reverse_charge, v.settled, v.fee_kind,
        v.refund_against, v.bank_account_ref, v.processor_account, v.processor, v.method, v.channel, v.kind,
        v.revenue_effect, v.line_kind, v.document_sign, v.product_line, v.revenue_treatment,
        v.event_date, v.legal_entity_code, t.code, 'second') as second_key
from every_event as v
left join event_type as t on t.name = v.event
left join placed_event as p on p.legal_entity_code = v.legal_entity_code and p.event_type = t.code;

-- the same of all documents of the portion, without what the hashes stand for
create or replace temp table event_line as
select document_uid, event_type, occurrence, line_no, is_single, waiting_invoice_uid, waiting_reason, currency, document_date, department, region,
    customer_ref, net_minor, tax_minor, amount_minor, first_key, second_key
from told_event;
