-- every landed document has its answer for tonight ...
delete from tieout.document_retry as r
using seen as s
where r.document_uid = s.document_uid
