-- what the stored subledger entries of the bucket add to each journal entry and account
insert into entry_sum
select journal_entry_id, legal_entity_code, currency, category, account_code,
    coalesce(sum(amount_minor) filter (where amount_minor > 0), 0)::bigint,
    coalesce(-sum(amount_minor) filter (where amount_minor < 0), 0)::bigint
from booked_entry
group by all;
