-- one text per value for hashing: its length in bytes, then itself; absent is unlike empty
create or replace macro hashed_field(value) as
    case when value is null then '~' else concat(strlen(value::varchar), ':', value::varchar) end;

-- the same for integers, days and flags, whose text holds no semicolon and needs no length
create or replace macro hashed_number(value) as coalesce(value::varchar || ';', '~');

-- one text of many, whatever the order in which they came
create or replace macro in_any_order(texts) as array_to_string(list_sort(texts), '');

-- half away from zero, in integers only: numerator * factor / denominator
create or replace macro divide_half_up(numerator, denominator) as
    sign(numerator)::bigint * ((2 * abs(numerator) + denominator) // (2 * denominator));

-- the part of a split entry that a document falls in: 1 .. parts, from the last hex digits of its uid
create or replace macro part_of(uid, parts) as
    case when parts = 1 then 1 else ('0x' || right(uid::varchar, 7))::integer % parts + 1 end;
