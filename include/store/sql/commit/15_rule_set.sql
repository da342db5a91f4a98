-- the configuration that the batch was accounted by, unless an earlier batch left it here
insert into tieout.rule_set (sha256, files)
select new.rule_set_sha256, new.rule_set_files::jsonb
from new_batch as new
on conflict (sha256) do nothing
