-- one row per item, account and journal entry of this run, for evidence: what it was worth more or less at the closing rate, or that taken back
select item_uid, legal_entity_code, currency, revalued_period, half, category, role, account_code, party_key, functional_minor,
    rate, rate_date, posting_date, period_name, held_reason, entry_id as journal_entry_id, getvariable('run_no')::integer as run_no
from numbered_leg
order by item_uid, journal_entry_id, account_code;
