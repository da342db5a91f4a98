-- one row per account and currency of documents: the balance in the journal lines of the entries that count
select l.account_code, e.currency::text as currency, sum(l.amount_minor)::bigint as balance_minor
from journal_entry as e
join journal_line as l on l.entry_id = e.id
where e.legal_entity_code = %(entity)s and l.account_code = any(%(accounts)s)
    and case when %(as_of)s::date is null then e.state not in ('superseded', 'rejected')
        else e.posting_date <= %(as_of)s and e.state in ('posted', 'verified', 'reversed') end
group by l.account_code, e.currency
having sum(l.amount_minor) <> 0
