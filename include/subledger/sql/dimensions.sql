-- one row per department and region of a document of the portion that no earlier portion had, with their text for hashing
insert into dimension
select
    ((select coalesce(max(dimension_no), 0) from dimension) + row_number() over ())::integer, department, region,
    concat(hashed_field(department), hashed_field(region))
from (
    select distinct department, region from event_line
    except
    select department, region from dimension
);
