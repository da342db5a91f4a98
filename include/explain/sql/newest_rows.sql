-- one row per row of one dataset that belongs to the newest version of a chosen document
select s.* exclude (batch_no)
from batch_row as s
semi join dated_newest as n on n.document_uid = s.document_uid and n.batch_no = s.batch_no
