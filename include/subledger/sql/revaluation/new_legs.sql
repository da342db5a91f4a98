-- one row per pair and half of which an account should hold something else than what stands there
create table differing_half as
with moved as (
    select legal_entity_code, revalued_period, currency, half, account_code, party_key, functional_minor from wanted_leg
    union all
    select legal_entity_code, revalued_period, currency, half, account_code, party_key, -functional_minor from standing_leg
)
select distinct legal_entity_code, revalued_period, currency, half
from (
    select legal_entity_code, revalued_period, currency, half, account_code, party_key
    from moved
    group by all
    having sum(functional_minor) <> 0
);

-- one row per pair, half, item and account: what stood there taken back, and what is booked in its place
create table new_leg as
with told as (
    select s.legal_entity_code, s.revalued_period, s.currency, s.half, s.item_uid, s.role, s.account_code, s.party_key,
        null::decimal(38, 15) as rate, null::date as rate_date, -s.functional_minor as functional_minor, 'reversal' as category
    from standing_leg as s
    semi join differing_half as d
        on d.legal_entity_code = s.legal_entity_code and d.revalued_period = s.revalued_period and d.currency = s.currency and d.half = s.half
    union all
    select w.legal_entity_code, w.revalued_period, w.currency, w.half, w.item_uid, w.role, w.account_code, w.party_key, w.rate, w.rate_date,
        w.functional_minor, 'revaluation'
    from wanted_leg as w
    semi join differing_half as d
        on d.legal_entity_code = w.legal_entity_code and d.revalued_period = w.revalued_period and d.currency = w.currency and d.half = w.half
)
select t.*, case t.half when 'end' then p.end_date else p.end_date + 1 end as base_date
from told as t
join period as p on p.legal_entity_code = t.legal_entity_code and p.period_name = t.revalued_period;

create or replace temp table delta_day as select distinct legal_entity_code, base_date from new_leg;
