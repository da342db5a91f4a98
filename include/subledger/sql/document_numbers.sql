-- the numbers of the portion's documents, where a legal entity has journal lines for each document. Not only of its own documents: a
-- payment of a sister entity settles its invoices
insert into document_number
select document_uid, coalesce(number, native_id)
from portion_documents
where exists (from legal_entity where gathered_by = 'document');
