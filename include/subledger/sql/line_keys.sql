-- one row per coding with its account, party and the dimensions that its legal entity keeps in journals
create or replace temp view kept_coding as
select c.coding_no, c.account_code, c.party_key,
    case when e.keeps_department then c.department end as department,
    case when e.keeps_region then c.region end as region,
    case when e.keeps_product_line then c.product_line end as product_line
from entry_coding as c
join legal_entity as e on e.code = c.legal_entity_code;

insert into line_key
select ((select coalesce(max(key_no), 0) from line_key) + row_number() over ())::integer, *
from (
    select distinct account_code, party_key, department, region, product_line from kept_coding
    except
    select account_code, party_key, department, region, product_line from line_key
);

-- one row per coding: which journal lines its entries add up to
create or replace temp table coding_key as
select c.coding_no, k.key_no
from kept_coding as c
join line_key as k
    on k.account_code = c.account_code and k.party_key is not distinct from c.party_key and k.department is not distinct from c.department
    and k.region is not distinct from c.region and k.product_line is not distinct from c.product_line;
