-- one row per shape of an event line and line of the rule that wins it: on which account of its legal entity it is booked.
-- `part` is +1 where only what is above zero counts, -1 where only what is below; `is_mapped` says that its dimensions are
-- not simply those of the document. Of what was delivered before the period of its invoice, revenue is told on the day of the service
-- alone, whichever rule chose its account: the invoice has unbilled receivable in its place, which that day has filled
create table shape_line as
with leg as (
    select s.shape_no, s.legal_entity_code, r.rule_id, r.line_no as rule_line_no, r.role, r.side, r.component, r.part, r.is_mapped,
        c.account_code, c.party_key, c.is_income, a.is_delivery
    from event_shape as s
    join rule_line as r on r.rule_id = s.rule_id
    join role_account as c
        on c.legal_entity_code = s.legal_entity_code and c.role = r.role
        -- of several accounts the one for this money
        and (c.currency is null or c.currency = s.place.currency)
        and (c.processor_account is null or c.processor_account = s.place.processor_account)
        and (c.bank_account_ref is null or c.bank_account_ref = s.place.bank_account_ref)
    left join arrears_shape as a on a.shape_no = s.shape_no
)
select shape_no, rule_id, rule_line_no, role, side, component, part, is_mapped, account_code, party_key, null::varchar as ruled_role
from leg
where is_delivery is null or is_delivery = is_income
union all
select l.shape_no, l.rule_id, l.rule_line_no, u.role, case when l.is_delivery then -l.side else l.side end::tinyint, l.component, l.part, l.is_mapped,
    u.account_code, u.party_key, l.role
from leg as l
join role_account as u on u.legal_entity_code = l.legal_entity_code and u.role = 'unbilled_receivable'
where l.is_delivery is not null and l.is_income;
