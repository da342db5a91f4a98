-- one row: whether the legal entity has foreign entries up to the period's end, and whether a revaluation ran after that end
select exists (
        select from journal_entry as e
        where e.legal_entity_code = %(entity)s and e.posting_date <= %(end)s and e.currency <> e.functional_currency
            and e.state <> 'superseded') as has_foreign,
    exists (
        select from journal_entry as e
        join batch as b on b.batch_no = e.batch_no and b.kind = 'revaluation'
        where e.legal_entity_code = %(entity)s and e.posting_date = %(end)s and e.state <> 'superseded') as is_revalued
