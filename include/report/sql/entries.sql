-- one row per journal entry of the night, and per earlier one that is still on its way; what needs a person first
select e.reference, e.legal_entity_code, e.posting_date, e.period_name, e.category, e.currency, e.exponent, e.total_debit_minor,
    e.document_count, e.erp_code, e.erp_number, e.state, e.held_reason, e.cause, b.read_instant,
    b.read_instant = %(read_instant)s as is_of_night
from journal_entry as e
join batch as b on b.batch_no = e.batch_no
where b.read_instant = %(read_instant)s
    or (b.read_instant < %(read_instant)s and e.state not in ('verified', 'superseded', 'reversed'))
order by e.legal_entity_code,
    e.state in ('verified', 'superseded', 'reversed'),
    e.state = 'held' and e.held_reason <> 'failed_preflight',
    e.posting_date, e.category, e.currency, b.read_instant, e.part_no, e.reference
