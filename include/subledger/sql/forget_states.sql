-- what only deciding needed makes room for what is booked
drop table document_state;
drop table application_line;
drop table register_row;
drop table accounted_invoice;
drop table retry_row;
drop table prior_decision;
