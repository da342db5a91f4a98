-- one row per row of one dataset that belongs to a document with an event that is booked anew
select s.*
from stored_file as s
semi join (from reclassified_event where not is_astray) as e on e.document_uid = s.document_uid
