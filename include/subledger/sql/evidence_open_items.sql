-- one row per subledger entry of the bucket on an open item in a foreign currency, for evidence: the sum of an item's rows is what is
-- open of it, and what that was worth on the day it arose
select i.item_uid, b.legal_entity_code::varchar as legal_entity_code, b.currency::varchar as currency, c.role::varchar as role,
    c.account_code::varchar as account_code, c.party_key::varchar as party_key, b.posting_date, i.amount_minor, i.functional_minor,
    b.journal_entry_id
from item_movement as i
join numbered_booking as b on b.booking_id = i.booking_id
join entry_coding as c on c.coding_no = i.coding_no
where i.bucket = getvariable('bucket')
-- always the same rows make the same bytes, so that a lost file can be made again
order by all;
