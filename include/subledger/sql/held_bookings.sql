-- the events that wait go into their groups, and their entries with them; groups that are empty now are none
create or replace temp table regrouped as
select h.booking_id, g.group_no
from held_place as h
join posting_group as g
    on g.legal_entity_code = h.legal_entity_code and g.posting_date = h.posting_date and g.period_name = h.period_name
    and g.currency = h.currency and g.category = h.category and g.held_reason = h.held_reason;

create or replace temp table left_group as
select distinct b.group_no from booking as b semi join regrouped as r on r.booking_id = b.booking_id;

update booking as b set group_no = r.group_no from regrouped as r where r.booking_id = b.booking_id;
update subledger_entry as s set group_no = r.group_no from regrouped as r where r.booking_id = s.booking_id;

delete from posting_group as g
where g.group_no in (select l.group_no from left_group as l) and g.group_no not in (select b.group_no from booking as b);
