-- one row per legal entity, asked period and currency with open items and without a closing rate: its pair is left as it stands
create table unrated as
select i.legal_entity_code, i.period_name, i.end_date, i.currency, any_value(t.source) as source, any_value(t.max_age_days) as max_age_days,
    sum(abs(i.functional_minor))::bigint as risk_minor
from open_item as i
left join fx_setting as t on t.legal_entity_code = i.legal_entity_code and t.purpose = 'closing'
anti join day_rate as d on d.legal_entity_code = i.legal_entity_code and d.currency = i.currency and d.on_date = i.end_date
group by i.legal_entity_code, i.period_name, i.end_date, i.currency;
