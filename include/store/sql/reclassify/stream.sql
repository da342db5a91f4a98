-- what was compared with the books before is compared again; how far the source was read stays as it is
update tieout.source_stream as s
set generation = b.generation
from tieout.batch as b
where b.id = (select id::uuid from new_batch) and s.source_code = b.source_code
