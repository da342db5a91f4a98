-- one row per landed document of the portion: its content hash over every field that matters to accounting, and why it
-- may stand outside the accounts. Status `paid`, billing's own open amount, what a payout's item stands for, numbers and names are in no hash, nor are the names of
-- the rows that state a line of a bill or a tax: another row that states the same is the same. A movement is told by its name.
insert into document_state
with told as (
    select document_uid,
        concat(
            'l', case when document_type not in ('invoice', 'credit_memo') or line_kind in ('settled', 'residual') then hashed_field(line_id) end,
            hashed_number(line_no), hashed_field(product_sku), hashed_field(product_line),
            hashed_field(revenue_treatment), hashed_field(recognition_method), hashed_field(line_kind),
            hashed_number(amount_minor), hashed_number(discount_minor), hashed_number(tax_minor),
            hashed_number(is_tax_inclusive), hashed_number(service_start), hashed_number(service_end),
            hashed_number(recognition_date), hashed_number(recognition_amount_minor), hashed_field(invoice_line_id),
            hashed_number(credited_net_minor), hashed_number(credited_service_start), hashed_number(credited_service_end),
            hashed_number(credited_recognition_date),
            hashed_field(revenue_effect), hashed_number(effective_date), hashed_field(department), hashed_field(region),
            named_field('invoice_entity_code', invoice_entity_code)) as content
    from portion_lines
    union all
    select document_uid,
        concat(
            't', hashed_field(jurisdiction), hashed_number(rate),
            hashed_number(taxable_minor), hashed_number(tax_minor), hashed_number(tax_local_minor))
    from portion_line_taxes
    union all
    select document_uid,
        concat(
            'a', hashed_field(application_id), hashed_field(invoice_id), hashed_field(invoice_entity_code),
            hashed_field(invoice_currency), hashed_number(invoice_voided_date), hashed_number(amount_minor),
            hashed_field(currency), hashed_number(payment_amount_minor), hashed_field(payment_currency),
            hashed_number(adjustment_minor), hashed_field(adjustment_kind), hashed_number(applied_date),
            hashed_number(reversed_date), hashed_number(is_implied))
    from portion_applications
    union all
    -- only of what is in a foreign currency
    select document_uid,
        concat(
            'r', hashed_field(application_id), hashed_number(is_undone), hashed_field(item_type), hashed_number(item_date),
            hashed_number(item_total_minor), hashed_number(before_minor), hashed_number(amount_minor))
    from portion_reliefs
    union all
    -- only of what a processor converts
    select document_uid,
        concat('c', hashed_field(line_id), hashed_field(settlement_currency), hashed_number(settlement_minor), hashed_number(settled_date))
    from portion_conversions
),
owned as (
    select document_uid, list(content) as contents from told group by document_uid
)
select
    d.document_uid,
    getvariable('portion')::tinyint,
    d.bucket,
    d.document_type,
    d.native_id,
    d.legal_entity_code,
    d.currency,
    d.document_date,
    coalesce(d.total_minor, 0),
    -- a trial compares amounts, not contents
    case when getvariable('is_trial') then null else digest(concat(
        'd', hashed_field(d.document_type), hashed_field(d.legal_entity_code), hashed_field(d.currency),
            hashed_field(case
                when d.document_type = 'invoice' and d.status in ('issued', 'paid', 'written_off') then 'live'
                when d.document_type = 'payout' and d.status in ('in_transit', 'paid') then 'live'
                else d.status
            end),
            hashed_field(d.kind), hashed_number(d.document_date), hashed_number(d.voided_date), hashed_number(d.written_off_date),
            hashed_number(d.failed_date), hashed_number(d.reversed_date), hashed_number(d.succeeded_date), hashed_number(d.subtotal_minor),
            hashed_number(d.discount_minor), hashed_number(d.tax_minor), hashed_number(d.total_minor), hashed_field(d.method),
            hashed_field(d.processor), hashed_field(d.processor_account), hashed_field(d.bank_account_ref), hashed_field(d.invoice_id),
            hashed_field(d.payment_id), hashed_field(d.credit_memo_id), hashed_field(d.parent_entity_code), hashed_field(d.parent_currency),
            hashed_number(d.payment_unapplied_minor), hashed_number(d.is_deleted),
            named_field('settled', d.settled), named_field('is_reverse_charge', d.is_reverse_charge), named_field('closed_date', d.closed_date),
            named_field('payment_minor', d.payment_minor), named_field('refunded_minor', d.refunded_minor),
            named_field('covered_minor', d.covered_minor), named_field('dispute_id', d.dispute_id),
            -- only where its bank account is booked here
            named_field('arrived_date', case
                when d.document_type = 'payout' and is_bank_booked(e.books_every_bank, e.booked_banks, d.bank_account_ref)
                    then arrived_on(d.status, d.arrival_date, d.failed_date) end),
            named_field('parent_voided_date', d.parent_voided_date), named_field('parent_date', d.parent_date),
            -- its rows, whatever the order in which they came
            in_any_order(o.contents))) end,
    case
        when d.status in ('draft', 'pending') then d.status
        when d.document_type = 'payment' and d.status = 'failed' then 'failed'
        -- it never left, or is no longer to leave
        when d.document_type = 'payout' and d.status = 'canceled' and d.failed_date is null then 'canceled'
        -- money that we never saw leave; a refund in the books has left, whatever billing forgets
        when d.document_type = 'refund' and d.status = 'failed' and d.succeeded_date is null and r.accounted_hash is null then 'failed'
    end,
    d.is_deleted,
    false
from portion_documents as d
left join owned as o on o.document_uid = d.document_uid
left join legal_entity as e on e.code = d.legal_entity_code
left join register_row as r on r.document_uid = d.document_uid;
