-- one row per shape of an event line and line of the rule that wins it: on which account of its legal entity it is booked
create table shape_line as
select s.shape_no, r.rule_id, r.role, r.side, r.component, c.account_code, c.party_key
from event_shape as s
join rule_line as r on r.rule_id = s.rule_id
join role_account as c on c.legal_entity_code = s.legal_entity_code and c.role = r.role;
