-- what the stored subledger entries of the bucket add to each journal entry and account: in the currency of the transaction and,
-- where that is another, in the books' own
insert into entry_sum
with amount as (
    select journal_entry_id, legal_entity_code, currency, category, account_code, amount_minor
    from booked_entry
    union all
    select s.journal_entry_id, s.legal_entity_code, e.functional_currency, s.category, s.account_code, s.functional_minor
    from booked_entry as s
    join known_entity as e on e.code = s.legal_entity_code
    where s.functional_minor is not null
)
select journal_entry_id, legal_entity_code, currency, category, account_code,
    coalesce(sum(amount_minor) filter (where amount_minor > 0), 0)::bigint,
    coalesce(-sum(amount_minor) filter (where amount_minor < 0), 0)::bigint
from amount
group by all;
