-- one row per group, day and line of the posting rule that recognises it today
create or replace temp table ruled_leg as
select r.group_no, r.as_of, g.legal_entity_code, g.currency, s.account_code, s.party_key, s.role, g.department, g.region, g.product_line,
    s.side::tinyint as side, s.rule_id
from (select distinct group_no, as_of from recognised_sum) as r
join schedule_group as g on g.group_no = r.group_no
join event_shape as h
    on h.legal_entity_code = g.legal_entity_code and h.event_date = r.as_of
    and h.revenue_treatment is not distinct from g.revenue_treatment and h.product_line is not distinct from g.product_line
join shape_line as s on s.shape_no = h.shape_no;

-- ... and one per group and day: by which legs, as one name
create or replace temp table ruled_way as
select group_no, as_of,
    digest(in_any_order(list(concat(
        hashed_field(account_code), hashed_field(party_key), hashed_field(department), hashed_field(region), hashed_field(product_line),
        hashed_number(side))))) as way
from ruled_leg
group by group_no, as_of;
