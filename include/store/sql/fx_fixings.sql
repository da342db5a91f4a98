-- one row per legal entity, currency and day whose rate the books have used; the rate as text, which no driver rounds
select legal_entity_code, currency::text as currency, on_date, rate::text as rate, rate_date
from tieout.fx_fixing
