-- one row per combination of what schedules are summed by
select * from schedule_group order by group_no;
