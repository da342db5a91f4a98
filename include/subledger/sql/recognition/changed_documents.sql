-- one row per document of the bucket that was accounted since the last run, or whose entry was given up
create or replace temp table changed_document as
select document_uid, max(batch_no) as batch_no
from (
    select document_uid, batch_no from new_schedule
    union all
    select document_uid, null from prior_amount where is_undone
)
group by document_uid;

insert into schedule_group
select (select coalesce(max(group_no), 0) from schedule_group) + row_number() over (
    order by legal_entity_code, currency, revenue_treatment, product_line, department, region), all_of.*
from (
    select distinct legal_entity_code, currency, revenue_treatment, product_line, department, region
    from new_schedule
    where line_no is not null
    except
    select legal_entity_code, currency, revenue_treatment, product_line, department, region from schedule_group
) as all_of;
