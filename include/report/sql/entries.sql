-- one row per journal entry of the night, and per earlier one that is still on its way; what needs a person first
select e.reference, e.legal_entity_code, e.posting_date, e.period_name, e.category, e.currency, e.exponent, e.total_debit_minor,
    e.functional_currency, e.functional_exponent, f.functional_debit_minor, e.document_count,
    e.erp_code, e.erp_number, e.state, e.held_reason, e.cause, b.read_instant,
    b.read_instant = %(read_instant)s as is_of_night
from journal_entry as e
join batch as b on b.batch_no = e.batch_no
-- the worth in the books, only where the currency is another
left join lateral (
    select coalesce(sum(l.functional_minor) filter (where l.functional_minor > 0), 0)::bigint as functional_debit_minor
    from journal_line as l
    where l.entry_id = e.id
) as f on e.currency <> e.functional_currency
where b.read_instant = %(read_instant)s
    or (b.read_instant < %(read_instant)s and e.state not in ('verified', 'superseded', 'reversed'))
order by e.legal_entity_code,
    e.state in ('verified', 'superseded', 'reversed'),
    e.state = 'held' and e.held_reason <> 'failed_preflight',
    e.posting_date, e.category, e.currency, b.read_instant, e.part_no, e.reference
