-- one row per line that is earned over time, as recognition has its terms by now and as other rules would have them: of chosen documents
create table term (
    functional_minor bigint,
    is_other boolean, document_uid uuid, bucket tinyint, event_type smallint, line_no integer, legal_entity_code varchar, currency varchar,
    revenue_treatment varchar, product_line varchar, department varchar, region varchar, amount_minor bigint, method varchar,
    service_start date, service_end date, recognition_date date, begins_date date, ended_date date, from_date date, base_minor bigint,
    base_earned_minor bigint);
