-- one row per legal entity, currency and account: what the journal entries show
select e.legal_entity_code as code, e.currency::text, l.account_code as account, sum(l.amount_minor)::bigint as net_minor
from tieout.journal_entry as e
join tieout.journal_line as l on l.entry_id = e.id
group by 1, 2, 3
having sum(l.amount_minor) <> 0
order by 1, 2, 3;
