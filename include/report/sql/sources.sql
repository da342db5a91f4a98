-- one row per configured source: how far it was ever read, its last attempt of the night, and what went wrong last
select w.source_code, s.read_instant as read_until, a.state as attempt_state, t.error
from unnest(%(sources)s::text[]) as w (source_code)
left join source_stream as s on s.source_code = w.source_code
left join lateral (
    select state from attempt
    where source_code = w.source_code and read_instant = %(read_instant)s and kind = 'night'
    order by opened_at desc, id
    limit 1) as a on true
left join lateral (
    select error from stage_timing
    where subject = w.source_code and read_instant = %(read_instant)s and kind = 'night'
        and stage in ('extract', 'validate', 'account', 'recognise')
    order by started_at desc, id
    limit 1) as t on true
order by w.source_code
