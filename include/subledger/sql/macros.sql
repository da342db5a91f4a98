-- one text per value for hashing: its length, then itself; absent is unlike empty
create or replace macro hashed_field(value) as
    case when value is null then '~' else length(value::varchar)::varchar || ':' || value::varchar end;

-- half away from zero, in integers only: numerator * factor / denominator
create or replace macro divide_half_up(numerator, denominator) as
    sign(numerator)::bigint * ((2 * abs(numerator) + denominator) // (2 * denominator));

-- the part of a split entry that a document falls in: 1 .. parts, from the last hex digits of its uid
create or replace macro part_of(uid, parts) as ('0x' || right(uid::varchar, 7))::integer % parts + 1;
