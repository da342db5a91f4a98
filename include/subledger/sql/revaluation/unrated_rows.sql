-- one row per legal entity, asked period and currency with open items and without a closing rate
select * from unrated order by all;
