-- one row per legal entity, foreign currency and day that a document, an event of it or what it settles lies on: the rate its books use for that
-- day. Once the books have used one it stays; else the last one published within its age. `rate_e15` is what one unit is worth, in units of 10^-15 of the entity's own currency, and
-- amount * numerator / denominator turns minor units into minor units. No row: no such rate
create table day_rate as
with dated as (
    select legal_entity_code, currency, document_date as on_date from document_state
    union
    select legal_entity_code, currency, on_date from foreign_adjustment
    union
    select coalesce(r.legal_entity_code, s.legal_entity_code), coalesce(r.currency, s.currency), r.item_date
    from relief as r
    join document_state as s on s.document_uid = r.document_uid
    union
    select s.legal_entity_code, r.currency, r.on_date
    from event_rate as r
    join document_state as s on s.document_uid = r.document_uid
    union
    select legal_entity_code, given_currency, given_date from exchange
    union
    select legal_entity_code, currency, on_date from sister_rate
    union
    select legal_entity_code, currency, on_date from sister_line_rate
),
day as (
    select s.*, e.functional_currency
    from dated as s
    join legal_entity as e on e.code = s.legal_entity_code
    join currency as c on c.code = s.currency
    where s.currency <> e.functional_currency and s.on_date is not null
),
-- the way from the document's currency to the entity's: in one step, or in two of one day where a cross rate is declared
way as (
    select d.*, t.source, t.max_age_days,
        coalesce(t.through_currency not in (d.currency, d.functional_currency), false) as is_crossed,
        case when t.through_currency not in (d.currency, d.functional_currency) then t.through_currency else d.functional_currency end as first_to,
        case when t.through_currency = d.currency then t.through_direction else t.direction end as first_direction,
        t.through_currency, t.through_direction
    from day as d
    join fx_setting as t on t.legal_entity_code = d.legal_entity_code and t.purpose = getvariable('rate_purpose')
),
published as (
    select source, base, quote, rate_date, (rate::decimal(20, 10) * 10000000000)::hugeint as rate_e10
    from fx_rate
    where purpose = getvariable('rate_purpose')
),
found as (
    select w.*, a.rate_date, a.rate_e10 as first_e10, b.rate_e10 as second_e10
    from way as w
    join published as a
        on a.source = w.source and a.rate_date between w.on_date - w.max_age_days and w.on_date
        and a.base = case w.first_direction when 'direct' then w.currency else w.first_to end
        and a.quote = case w.first_direction when 'direct' then w.first_to else w.currency end
    left join published as b
        on b.source = w.source and b.rate_date = a.rate_date and w.is_crossed
        and b.base = case w.through_direction when 'direct' then w.through_currency else w.functional_currency end
        and b.quote = case w.through_direction when 'direct' then w.functional_currency else w.through_currency end
    where b.rate_e10 is not null or not w.is_crossed
    qualify row_number() over (partition by w.legal_entity_code, w.currency, w.on_date order by a.rate_date desc) = 1
),
used as (
    select legal_entity_code, currency, on_date, functional_currency, rate_date,
        case
            when not is_crossed and first_direction = 'direct' then first_e10 * 100000
            when not is_crossed then divide_half_up(10000000000000000000000000::hugeint, first_e10)
            when first_direction = 'direct' and through_direction = 'direct' then divide_half_up(first_e10 * second_e10, 100000)
            when first_direction = 'inverse' and through_direction = 'direct' then divide_half_up(second_e10 * 1000000000000000, first_e10)
            when first_direction = 'direct' then divide_half_up(first_e10 * 1000000000000000, second_e10)
            else divide_half_up(100000000000000000000000000000000000::hugeint, first_e10 * second_e10)
        end::hugeint as rate_e15
    from found
),
chosen as (
    select d.legal_entity_code, d.currency, d.on_date, d.functional_currency,
        case when f.rate is null then u.rate_date else f.rate_date end as rate_date,
        coalesce((f.rate::decimal(38, 15) * 1000000000000000)::hugeint, u.rate_e15) as rate_e15, f.rate is not null as is_fixed
    from day as d
    left join used as u on u.legal_entity_code = d.legal_entity_code and u.currency = d.currency and u.on_date = d.on_date
    left join fx_fixing as f on f.legal_entity_code = d.legal_entity_code and f.currency = d.currency and f.on_date = d.on_date
)
select u.legal_entity_code, u.currency, u.on_date, u.rate_date, u.is_fixed, u.rate_e15, rate_of(u.rate_e15) as rate,
    u.rate_e15 * ten_to(greatest(o.exponent - c.exponent, 0)) as numerator,
    1000000000000000::hugeint * ten_to(greatest(c.exponent - o.exponent, 0)) as denominator
from chosen as u
join currency as c on c.code = u.currency
join currency as o on o.code = u.functional_currency
where rate_of(u.rate_e15) is not null;
