-- one row per pair that is valued now: all of the asked periods but those without a rate
create table asked_pair as
select distinct legal_entity_code, period_name as revalued_period, currency
from (
    select i.legal_entity_code, i.period_name, i.currency
    from open_item as i
    union
    select s.legal_entity_code, s.revalued_period, s.currency
    from standing_leg as s
    join asked_period as p on p.legal_entity_code = s.legal_entity_code and p.period_name = s.revalued_period
) as known
anti join unrated as u on u.legal_entity_code = known.legal_entity_code and u.period_name = known.period_name and u.currency = known.currency;

-- one row per pair, half, item and account that should stand: each open item at the closing rate less what it was worth, against unrealised
-- differences; where nothing is valued now, what stands. The next day takes back exactly that
create table wanted_leg as
with valued as (
    select i.legal_entity_code, i.period_name as revalued_period, i.currency, i.item_uid, i.role, i.account_code, i.party_key, d.rate, d.rate_date,
        (divide_half_up(i.amount_minor::hugeint * d.numerator, d.denominator) - i.functional_minor)::bigint as functional_minor
    from open_item as i
    join asked_pair as a on a.legal_entity_code = i.legal_entity_code and a.revalued_period = i.period_name and a.currency = i.currency
    join day_rate as d on d.legal_entity_code = i.legal_entity_code and d.currency = i.currency and d.on_date = i.end_date
),
at_end as (
    select legal_entity_code, revalued_period, currency, item_uid, role, account_code, party_key, rate, rate_date, functional_minor
    from valued
    union all
    select v.legal_entity_code, v.revalued_period, v.currency, v.item_uid, r.role, r.account_code, r.party_key, v.rate, v.rate_date,
        -v.functional_minor
    from valued as v
    join role_account as r on r.legal_entity_code = v.legal_entity_code and r.role = 'unrealised_fx'
    union all
    select s.legal_entity_code, s.revalued_period, s.currency, s.item_uid, s.role, s.account_code, s.party_key, null, null, s.functional_minor
    from standing_leg as s
    anti join asked_pair as a
        on a.legal_entity_code = s.legal_entity_code and a.revalued_period = s.revalued_period and a.currency = s.currency
    where s.half = 'end'
)
select *, 'end' as half from at_end where functional_minor <> 0
union all
select * replace (-functional_minor as functional_minor), 'start' from at_end where functional_minor <> 0;
