-- the lines that one batch put into deferred revenue, or changed
insert into new_schedule
select document_uid, event_type, line_no, legal_entity_code, currency, revenue_treatment, product_line, department, region, amount_minor,
    method, service_start, service_end, recognition_date, begins_date, ended_date, from_date, base_minor, base_earned_minor,
    getvariable('schedule_batch'), functional_minor
from schedule_file;
