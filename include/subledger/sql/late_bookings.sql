-- one row per event of the portion that is posted in a later period than the one its own day lies in
create or replace temp table late_booking as
with moved as (
    select b.booking_id, b.document_uid, b.event_type, b.occurrence, b.reverses_no, b.event_date, g.legal_entity_code, g.posting_date, g.currency,
        g.category
    from booking as b
    join posting_group as g on g.group_no = b.group_no
    where b.portion = getvariable('portion') and g.posting_date > b.event_date
),
own as (
    select d.legal_entity_code, d.event_date, p.period_name, p.end_date
    from (select distinct legal_entity_code, event_date from moved) as d
    join period as p on p.legal_entity_code = d.legal_entity_code and d.event_date between p.start_date and p.end_date
    -- where periods of the ERP overlap, the one that entries of the day are dated by
    qualify row_number() over (
        partition by d.legal_entity_code, d.event_date order by p.is_open desc, p.end_date - p.start_date, p.period_name) = 1
)
select m.*, o.period_name as own_period
from moved as m
join own as o on o.legal_entity_code = m.legal_entity_code and o.event_date = m.event_date
where m.posting_date > o.end_date;

-- one row per such event and measure of materiality: what it does to it, in the books' own currency
insert into late_amount
select l.booking_id, l.document_uid, l.legal_entity_code, l.own_period, l.event_date, m.measure,
    sum(coalesce(s.functional_minor, s.amount_minor))::bigint as amount_minor
from late_booking as l
join subledger_entry as s on s.booking_id = l.booking_id
join entry_coding as c on c.coding_no = s.coding_no
join measured_account as m on m.legal_entity_code = l.legal_entity_code and m.account_code = c.account_code
group by l.booking_id, l.document_uid, l.legal_entity_code, l.own_period, l.event_date, m.measure;
