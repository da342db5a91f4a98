-- what one source's schedules still have to earn: of each document as the newest run that had it wrote it
insert into remaining_schedule
with changed as (
    select document_uid, max(run_no) as run_no from recognition_state where run_no > getvariable('full_run') group by document_uid
)
select g.legal_entity_code, g.currency,
    sum(case when s.ended_date is null then s.amount_minor else 0 end - s.recognised_minor)::bigint,
    sum(case when s.ended_date is null then s.functional_minor else 0 end - s.recognised_functional_minor)::bigint
from recognition_state as s
left join changed as c on c.document_uid = s.document_uid
join recognition_groups as g on g.group_no = s.group_no
where s.run_no = coalesce(c.run_no, getvariable('full_run'))
group by all;
