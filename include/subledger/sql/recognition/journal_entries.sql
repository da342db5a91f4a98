-- one row per journal entry, with the hash of what the ERP must show: date, accounts, dimensions, amounts
create table journal_entry as
with line as (
    select entry_id, count(*) as line_count, coalesce(sum(amount_minor) filter (where amount_minor > 0), 0)::bigint as total_debit_minor,
        max(document_count) as document_count,
        string_agg(line_content(account_code, party_key, department, region, product_line, amount_minor, functional_minor), '' order by line_no) as content
    from journal_line
    group by entry_id
)
select
    i.entry_id as id, e.erp_code, i.legal_entity_code, i.period_name, i.posting_date, i.currency, c.exponent,
    e.functional_currency, o.exponent as functional_exponent, i.category,
    i.part_no, i.part_count::integer as part_count, i.reference,
    entry_content(i.legal_entity_code, i.posting_date, i.currency, l.content) as content_sha256,
    i.category || ' ' || i.posting_date || ' ' || i.currency as description,
    l.document_count, l.total_debit_minor,
    case when i.held_reason is null then 'ready' else 'held' end as state,
    i.held_reason,
    'swap' as reversal_style
from entry_id as i
join line as l on l.entry_id = i.entry_id
join legal_entity as e on e.code = i.legal_entity_code
join currency as c on c.code = i.currency
join currency as o on o.code = e.functional_currency;
