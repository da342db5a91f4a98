-- one row per document of the portion that may have bookings on file
select document_uid
from decision
where portion = getvariable('portion') and (step = 'account' or is_unfinished) and prior_version_no is not null;
