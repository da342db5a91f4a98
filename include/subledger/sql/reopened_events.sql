-- the events of the portion that stand in the books, of documents in which nothing has changed since they were accounted: what they
-- would be booked otherwise by now, the configuration alone decides
insert into reopened_event
select w.document_uid, w.event_type, w.occurrence
from wanted_event as w
semi join booking_row as b on b.document_uid = w.document_uid and b.event_type = w.event_type and b.occurrence = w.occurrence
semi join (from decision where prior_accounted_hash = content_hash) as d on d.document_uid = w.document_uid;
