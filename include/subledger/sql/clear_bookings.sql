-- the bookings of one portion at a time
delete from booking_row;
