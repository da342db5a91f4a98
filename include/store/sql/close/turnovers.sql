-- one row per account, currency of documents, journal category, whether documents were booked anew after a rule was corrected, and whether
-- there is an amount in the documents' currency: what posted entries of a period moved
select l.account_code, e.currency::text as currency, e.category, b.kind = 'reclassify' as is_rule_change,
    sum(l.amount_minor)::bigint as amount_minor, sum(l.functional_minor)::bigint as functional_minor
from journal_entry as e
join batch as b on b.batch_no = e.batch_no
join journal_line as l on l.entry_id = e.id
where e.legal_entity_code = %(entity)s and e.period_name = %(period)s and e.state in ('posted', 'verified', 'reversed')
group by l.account_code, e.currency, e.category, b.kind = 'reclassify', l.amount_minor <> 0
order by l.account_code, e.currency, e.category, b.kind = 'reclassify', l.amount_minor <> 0
