-- one row per legal entity, currency and day whose rate this batch was the first to use; the rate as text, which no driver rounds
select distinct d.legal_entity_code, d.currency, d.on_date, d.rate::varchar as rate, d.rate_date
from foreign_document as f
join decision as c on c.document_uid = f.document_uid and c.step = 'account'
join day_rate as d on d.legal_entity_code = f.legal_entity_code and d.currency = f.currency and d.on_date = f.rate_day
where not d.is_fixed;
