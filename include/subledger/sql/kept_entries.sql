-- the subledger entries of the portion again, to be summed in another number of parts: each with a coding that gives its line key
create or replace temp table subledger_entry as
with entry as (
    select b.document_no, b.document_date, e.amount_minor, e.functional_minor, b.group_no, g.legal_entity_code, e.account_code, e.party_key, e.department, e.region,
        e.product_line
    from kept_entry as e
    join booking as b on b.booking_id = e.booking_id
    join posting_group as g on g.group_no = b.group_no
    join entry_group as p on p.entry_no = g.entry_no
    where p.sum_round = getvariable('sum_round')
),
coded as (
    select legal_entity_code, account_code, party_key, department, region, product_line, min(coding_no) as coding_no
    from entry_coding
    group by all
)
select e.document_no, e.document_date, e.group_no, c.coding_no, e.amount_minor, e.functional_minor
from entry as e
join coded as c
    on c.legal_entity_code = e.legal_entity_code and c.account_code = e.account_code and c.party_key is not distinct from e.party_key
    and c.department is not distinct from e.department and c.region is not distinct from e.region
    and c.product_line is not distinct from e.product_line;
