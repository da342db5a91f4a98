-- one row per document and rule of the data-quality suites that it breaks; what stops a source never comes this far
insert into validation_finding
select document_uid, rule, detail, consequence = 'quarantine'
from validation_file;
