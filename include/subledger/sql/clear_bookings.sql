-- the bookings of one bucket at a time
delete from booking_row;
