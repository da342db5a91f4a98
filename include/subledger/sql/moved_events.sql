-- one row per event of the portion whose new entries are not what stands of it: on another account, party or dimension, or worth
-- something else. The name of the rule is no difference
insert into moved_event
with net as (
    select b.document_uid, b.event_type, b.occurrence, max(b.event_date) as event_date, bool_or(c.role = 'deferred_revenue') as defers
    from subledger_entry as s
    join booking as b on b.booking_id = s.booking_id
    join posting_group as g on g.group_no = b.group_no
    join entry_coding as c on c.coding_no = s.coding_no
    group by b.document_uid, b.event_type, b.occurrence, g.legal_entity_code, g.currency, c.account_code, c.party_key, c.department,
        c.region, c.product_line
    having sum(s.amount_minor) <> 0 or sum(coalesce(s.functional_minor, 0)) <> 0
)
select document_uid, event_type, occurrence, max(event_date), bool_or(defers)
from net
group by document_uid, event_type, occurrence;
