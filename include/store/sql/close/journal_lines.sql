-- one row per line of the posted entries of a legal entity and period, in the order of the journal
select e.posting_date, e.reference, coalesce(e.erp_number, '') as erp_number, e.category, e.state, l.line_no, l.account_code,
    l.line_text as text, e.currency::text as currency, e.exponent::int as exponent, l.amount_minor, l.functional_minor, l.document_count,
    e.reversal_style = 'negative' as is_negative
from journal_entry as e
join journal_line as l on l.entry_id = e.id
where e.legal_entity_code = %(entity)s and e.period_name = %(period)s and e.state in ('posted', 'verified', 'reversed')
order by e.posting_date, e.reference, l.line_no
