-- one row per half of a pair that is to be booked anew
select * from differing_half;
