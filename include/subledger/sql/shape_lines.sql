-- one row per shape of an event line and line of the rule that wins it: on which account of its legal entity it is booked.
-- `part` is +1 where only what is above zero counts, -1 where only what is below; `is_mapped` says that its dimensions are
-- not simply those of the document
create table shape_line as
select s.shape_no, r.rule_id, r.line_no as rule_line_no, r.role, r.side, r.component, r.part, r.is_mapped, c.account_code, c.party_key
from event_shape as s
join rule_line as r on r.rule_id = s.rule_id
join role_account as c
    on c.legal_entity_code = s.legal_entity_code and c.role = r.role
    -- of several accounts the one for this money
    and (c.currency is null or c.currency = s.place.currency)
    and (c.processor_account is null or c.processor_account = s.place.processor_account)
    and (c.bank_account_ref is null or c.bank_account_ref = s.place.bank_account_ref);
