-- one row per pair (legal entity, revalued period, currency), half of it (`end`: on the period's last day, `start`: taken back on the next), item
-- and account: what stands of earlier runs
create table standing_leg as
select r.legal_entity_code, r.revalued_period, r.currency, r.half, r.item_uid, r.role, r.account_code, r.party_key,
    sum(r.functional_minor)::bigint as functional_minor
from revalued_file as r
anti join superseded_entry as s on s.journal_entry_id = r.journal_entry_id
group by all
having sum(r.functional_minor) <> 0;
