-- one row per coding, its texts as enumerations: the files of entries are written from these in half the time
create or replace type account_text as enum (select distinct account_code from entry_coding);
create or replace type party_text as enum (select distinct party_key from entry_coding where party_key is not null);
create or replace type role_text as enum (select distinct role from entry_coding);
create or replace type department_text as enum (select distinct department from entry_coding where department is not null);
create or replace type region_text as enum (select distinct region from entry_coding where region is not null);
create or replace type product_line_text as enum (select distinct product_line from entry_coding where product_line is not null);
create or replace type rule_text as enum (select distinct rule_id from entry_coding);

create or replace temp table shown_coding as
select coding_no, account_code::account_text as account_code, party_key::party_text as party_key, role::role_text as role,
    department::department_text as department, region::region_text as region, product_line::product_line_text as product_line,
    rule_id::rule_text as rule_id
from entry_coding;
