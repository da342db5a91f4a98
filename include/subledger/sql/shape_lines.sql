-- one row per shape of an event line and line of the rule that wins it: on which account of its legal entity it is booked.
-- `part` is +1 where only what is above zero counts, -1 where only what is below; `is_mapped` says that its dimensions are
-- not simply those of the document
create table shape_line as
select s.shape_no, r.rule_id, r.line_no as rule_line_no, r.role, r.side, r.component, r.part, r.is_mapped, c.account_code, c.party_key
from event_shape as s
join rule_line as r on r.rule_id = s.rule_id
join role_account as c on c.legal_entity_code = s.legal_entity_code and c.role = r.role;
