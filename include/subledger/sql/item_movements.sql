-- what the portion's entries do to open items in a foreign currency
insert into item_movement
select booking_id, bucket, item_uid, coding_no, amount_minor, functional_minor from subledger_entry where item_uid is not null;
