-- one row per document of the bucket, day and account: what the other rules recognise there
select a.document_uid, r.legal_entity_code, a.as_of as event_date, r.account_code, sum(r.side * a.amount_minor)::bigint as amount_minor
from trial_amount as a
join ruled_leg as r on r.group_no = a.group_no and r.as_of = a.as_of
where a.bucket = getvariable('bucket')
group by all
having sum(r.side * a.amount_minor) <> 0
