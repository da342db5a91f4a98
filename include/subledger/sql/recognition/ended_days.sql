-- one row per legal entity and day on which a schedule that changed was ended by a void
create or replace temp table ended_day as
select distinct legal_entity_code, ended_date from schedule_file where ended_date is not null;
