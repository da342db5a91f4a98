-- one row per document of the portion with an event on a role that has several accounts, of which none is for its money
insert into finding
with unplaced as (
    select s.first_key, s.second_key, s.event_type, r.role, s.place
    from event_shape as s
    join rule_line as r on r.rule_id = s.rule_id
    where s.place is not null and s.winner_count = 1
        and not exists (
            from role_account as c
            where c.legal_entity_code = s.legal_entity_code and c.role = r.role
                and (c.currency is null or c.currency = s.place.currency)
                and (c.processor_account is null or c.processor_account = s.place.processor_account)
                and (c.bank_account_ref is null or c.bank_account_ref = s.place.bank_account_ref))
)
select
    l.document_uid,
    'unmapped_account',
    string_agg(distinct t.name || ': role ' || u.role || ' has no account in the chart for currency ' || worded(l.currency)
        || ', processor account ' || coalesce(d.processor_account, 'empty') || ', bank account ' || coalesce(d.bank_account_ref, 'empty'), '; '),
    true
from event_line as l
join unplaced as u on u.first_key = l.first_key and u.second_key = l.second_key
join event_type as t on t.code = u.event_type
join portion_documents as d on d.document_uid = l.document_uid
group by l.document_uid;
