-- one row per published exchange rate as its source says now; the rate as text, which no driver rounds
select distinct on (source, base, quote, purpose, rate_date)
    source, base::text as base, quote::text as quote, purpose, rate_date, rate::text as rate
from tieout.fx_rate
order by source, base, quote, purpose, rate_date, version desc
