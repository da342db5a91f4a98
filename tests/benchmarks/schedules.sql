-- one row per running line of the bucket, as a run at the end of January left it: a tenth monthly, the rest daily, of a year each
select
    md5(n::varchar || ':' || getvariable('bucket'))::uuid as document_uid, 1::smallint as event_type, (n % 3 + 1)::integer as line_no,
    (n % getvariable('groups') + 1)::integer as group_no, (n * 7919 % 500000 + 1)::bigint as amount_minor,
    case when n % 10 = 0 then 'monthly' else 'daily' end as method,
    date '2025-03-01' + (n % 330)::integer as service_start, date '2025-03-01' + (n % 330)::integer + 364 as service_end,
    null::date as recognition_date, date '2025-03-01' + (n % 330)::integer as begins_date, null::date as ended_date,
    null::date as from_date, null::bigint as base_minor, null::bigint as base_earned_minor,
    earned_minor(
        amount_minor, method, service_start, service_end, null::date, date '2026-01-31') as recognised_minor,
    1::integer as run_no, null::bigint as functional_minor, null::bigint as recognised_functional_minor
from range(getvariable('lines')) as t (n)
