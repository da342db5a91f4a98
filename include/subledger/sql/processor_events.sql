-- one row per event of a processor's own documents: fees, payouts, and the items of a payout that no other document tells of
create or replace temp table processor_event as
with fee as (
    select
        *,
        -- what is declared under reverse charge is no part of what was taken
        total_minor - case when coalesce(is_reverse_charge, false) then 0 else coalesce(tax_minor, 0) end as net_minor
    from live_document
    where document_type = 'processor_fee'
),
payout as (
    from live_document where document_type = 'payout'
),
item as (
    select p.document_uid, p.legal_entity_code, p.currency, p.document_date, p.processor_account, p.bank_account_ref, occurrence_of(l.line_id) as occurrence, l.line_kind, l.amount_minor
    from payout as p
    join portion_lines as l on l.document_uid = p.document_uid
)
select
    document_uid, legal_entity_code, currency, document_date, processor_account as at_processor, bank_account_ref as at_bank, 1 as line_no, true as is_single, 'fee.charged' as event, uuid '00000000-0000-0000-0000-000000000000' as occurrence,
    document_date as event_date, kind as fee_kind, coalesce(settled, 'deducted') as settled,
    case when coalesce(is_reverse_charge, false) then 'yes' else 'no' end as reverse_charge,
    net_minor, coalesce(tax_minor, 0) as tax_minor, 0::bigint as amount_minor
from fee
union all by name
select
    document_uid, legal_entity_code, currency, document_date, processor_account as at_processor, bank_account_ref as at_bank, 1 as line_no, true as is_single, 'payout.created' as event, uuid '00000000-0000-0000-0000-000000000000' as occurrence,
    document_date as event_date, total_minor as amount_minor
from payout
union all by name
select
    document_uid, legal_entity_code, currency, document_date, processor_account as at_processor, bank_account_ref as at_bank, 1 as line_no, true as is_single, 'payout.arrived' as event, uuid '00000000-0000-0000-0000-000000000000' as occurrence,
    arrived_date as event_date, total_minor as amount_minor
from payout
where arrived_date is not null
union all by name
-- what came and fails afterwards leaves the bank again, before it goes back to the processor
select
    document_uid, legal_entity_code, currency, document_date, processor_account as at_processor, bank_account_ref as at_bank, 1 as line_no, true as is_single, 'payout.arrived' as event, occurrence_of('failed') as occurrence,
    failed_date as event_date, -total_minor as amount_minor
from payout
where arrived_date is not null and status = 'failed'
union all by name
select
    document_uid, legal_entity_code, currency, document_date, processor_account as at_processor, bank_account_ref as at_bank, 1 as line_no, true as is_single, 'payout.failed' as event, uuid '00000000-0000-0000-0000-000000000000' as occurrence,
    failed_date as event_date, total_minor as amount_minor
from payout
where status in ('failed', 'canceled')
union all by name
select
    document_uid, legal_entity_code, currency, document_date, processor_account as at_processor, bank_account_ref as at_bank, 1 as line_no, true as is_single, 'processor.reserved' as event, occurrence,
    document_date as event_date, -amount_minor as amount_minor  -- what is kept makes the payout smaller
from item
where line_kind in ('reserve', 'release')
union all by name
select
    document_uid, legal_entity_code, currency, document_date, processor_account as at_processor, bank_account_ref as at_bank, 1 as line_no, true as is_single, 'processor.adjustment' as event, occurrence,
    document_date as event_date, amount_minor
from item
where line_kind = 'adjustment';
