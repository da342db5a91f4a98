-- one row per document of the bucket that may have bookings on file
select document_uid
from decision
where bucket = getvariable('bucket') and step = 'account' and prior_version_no is not null;
