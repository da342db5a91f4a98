-- what was booked of an event is named by 128 bits of its digest: half the bytes in the longest table
alter table tieout.event_booking
    alter column payload_hash type uuid using encode(substring(payload_hash from 1 for 16), 'hex')::uuid;
